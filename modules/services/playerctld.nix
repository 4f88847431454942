{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.playerctld;
in
{
  options.services.playerctld = {
    enable = lib.mkEnableOption "playerctld, which knows the player of music that was used last";

    package = lib.hm.options.packageOption pkgs "playerctl" { };
  };

  config = lib.mkIf cfg.enable {
    assertions = [ (lib.hm.assertions.assertPlatform "services.playerctld" pkgs lib.platforms.linux) ];

    home.packages = lib.optional (cfg.package != null) cfg.package;

    systemd.user.services.playerctld = {
      Unit.Description = "MPRIS media player daemon";
      Service = {
        ExecStart = lib.hm.options.binPath cfg.package "playerctld";
        Type = "dbus";
        BusName = "org.mpris.MediaPlayer2.playerctld";
      };
      Install.WantedBy = [ "default.target" ];
    };
  };
}
