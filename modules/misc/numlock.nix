{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.xsession.numlock.enable = lib.mkEnableOption "Num Lock";

  config = lib.mkIf config.xsession.numlock.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "xsession.numlock" pkgs lib.platforms.linux)
    ];

    systemd.user.services.numlockx = {
      Unit = {
        Description = "NumLockX";
        After = [ "graphical-session.target" ];
        PartOf = [ "graphical-session.target" ];
      };
      Service = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = lib.hm.options.programPath' (pkgs.numlockx or null) "numlockx";
      };
      Install.WantedBy = [ "graphical-session.target" ];
    };
  };
}
