{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "hypridle";
  title = "Hypridle, Hyprland's daemon for idle times";
  nullable = true;
  install = false;
  linuxOnly = false;
  description = "hypridle";
  session = "wayland";
  targetOption = "systemdTarget";
  needsWayland = true;

  files.settings = {
    format = "hyprconf";
    xdg = "hypr/hypridle.conf";
    generator = {
      inherit (config.services.hypridle) importantPrefixes;
    };
  };

  options.importantPrefixes = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ "$" ];
    description = "What the names of settings begin with that have to be above the others.";
  };

  command = cfg: lib.hm.options.programPath cfg.package "hypridle";

  service = _cfg: {
    Restart = "always";
    RestartSec = "10";
  };
}
