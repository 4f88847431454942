{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "swaync";
  title = "SwayNotificationCenter, which shows notifications";
  package = "swaynotificationcenter";
  linuxOnly = false;
  description = "Swaync notification daemon";
  session = "wayland";
  needsWayland = true;

  files = {
    settings = {
      format = "json";
      xdg = "swaync/config.json";
      always = true;
      example.positionX = "right";
    };

    style = {
      format = "text-or-path";
      type = lib.types.nullOr (lib.types.either lib.types.path lib.types.lines);
      default = null;
      xdg = "swaync/style.css";
    };
  };

  command = cfg: lib.hm.options.programPath cfg.package "swaync";

  unit = _cfg: { Documentation = "https://github.com/ErikReider/SwayNotificationCenter"; };

  service = _cfg: {
    Type = "dbus";
    BusName = "org.freedesktop.Notifications";
    Restart = "on-failure";
  };

  extraConfig = _cfg: { home.packages = lib.optional (pkgs ? at-spi2-core) pkgs.at-spi2-core; };
}
