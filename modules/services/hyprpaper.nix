{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "hyprpaper";
  title = "Hyprpaper, Hyprland's daemon for wallpapers";
  nullable = true;
  install = false;
  linuxOnly = false;
  description = "hyprpaper";
  session = "wayland";
  targetOption = "systemdTarget";
  needsWayland = true;

  files.settings = {
    format = "hyprconf";
    xdg = "hypr/hyprpaper.conf";
    generator = {
      inherit (config.services.hyprpaper) importantPrefixes;
    };
  };

  options.importantPrefixes = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [
      "$"
      "monitor"
    ];
    description = "What the names of settings begin with that have to be above the others.";
  };

  command = cfg: lib.hm.options.programPath cfg.package "hyprpaper";

  service = _cfg: {
    Restart = "always";
    RestartSec = "10";
  };
}
