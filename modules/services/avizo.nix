{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "avizo";
  title = "avizo, which shows the volume and the brightness";
  description = "Volume/backlight OSD indicator";
  session = "wayland";
  needsWayland = true;
  restartWithFiles = false;

  files.settings = {
    format = "ini";
    xdg = "avizo/config.ini";
    example.default.time = 1.0;
  };

  command = cfg: lib.hm.options.binPath cfg.package "avizo-service";

  unit = _cfg: { Documentation = "man:avizo(1)"; };

  service = _cfg: {
    Type = "simple";
    Restart = "always";
  };
}
