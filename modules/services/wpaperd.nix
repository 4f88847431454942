{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "wpaperd";
  title = "wpaperd, a daemon for wallpapers";
  nullable = true;
  description = "wpaperd";
  session = "wayland";
  needsWayland = true;

  files.settings = {
    format = "toml";
    xdg = "wpaperd/wallpaper.toml";
    example.default.path = "/home/jane/wallpapers";
  };

  command = cfg: lib.hm.options.programPath cfg.package "wpaperd";

  service = _cfg: {
    Restart = "always";
    RestartSec = "10";
  };
}
