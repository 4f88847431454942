{
  bin,
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "PulseEffects, which changes sounds";
  linuxOnly = true;
  package = "pulseeffects-legacy";

  options.preset = option types.str "" "The preset that it loads.";

  config.home.packages = lib.optional (pkgs ? at-spi2-core) pkgs.at-spi2-core;

  unit = {
    Unit = {
      Description = "Pulseeffects daemon";
      Requires = [ "dbus.service" ];
      After = [ "graphical-session.target" ];
      PartOf = [
        "graphical-session.target"
        "pulseaudio.service"
      ];
    };
    Service = {
      ExecStart = "${bin "pulseeffects"} --gapplication-service ${
        lib.optionalString (cfg.preset != "") "--load-preset ${cfg.preset}"
      }";
      ExecStop = "${bin "pulseeffects"} --quit";
      Restart = "on-failure";
      RestartSec = 5;
    };
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
