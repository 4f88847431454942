{ config, lib, ... }:

{
  options.wayland.systemd.target = lib.mkOption {
    type = lib.types.str;
    default = "graphical-session.target";
    example = "sway-session.target";
    description = ''
      The target with which services of a Wayland session start, unless a service has an
      option of its own.
    '';
  };

  config = lib.mkIf (!config.xsession.enable) {
    systemd.user.targets.tray = config.xsession.trayTarget;
  };
}
