{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) binPath option packageOption;

  cfg = config.services.screen-locker;

  path = [
    "services"
    "screen-locker"
  ];
  renamed = from: to: lib.mkRenamedOptionModule (path ++ [ from ]) (path ++ to);

  arguments = option (types.listOf types.str) [ ];
in
{
  imports = [
    (renamed "xssLockExtraOptions" [
      "xss-lock"
      "extraOptions"
    ])
    (renamed "xautolockExtraOptions" [
      "xautolock"
      "extraOptions"
    ])
    (renamed "enableDetectSleep" [
      "xautolock"
      "detectSleep"
    ])
  ];

  options.services.screen-locker = {
    enable = lib.mkEnableOption "a lock of the screen in sessions of X";

    lockCmd = mkOption {
      type = types.str;
      example = "\${pkgs.i3lock}/bin/i3lock -n -c 000000";
      description = "The command that locks the screen, and ends when it is unlocked.";
    };
    lockCmdEnv = option (types.listOf types.str) [ ] "Variables of the command." // {
      example = [ "XSECURELOCK_PAM_SERVICE=xsecurelock" ];
    };
    inactiveInterval = option types.int 10 "Minutes without activity after which the screen is locked: 1 to 60.";

    xautolock = {
      enable = option types.bool true "Whether xautolock watches for activity. Otherwise X itself does.";
      package = packageOption pkgs "xautolock" { };
      detectSleep = option types.bool true "Whether the time starts again after a sleep.";
      extraOptions = arguments "Arguments of {command}`xautolock`.";
    };

    xss-lock = {
      package = packageOption pkgs "xss-lock" { };
      extraOptions = arguments "Arguments of {command}`xss-lock`.";
      screensaverCycle = option types.int 600 "Seconds between two pictures of the screen saver of X.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "services.screen-locker" pkgs lib.platforms.linux)
    ];

    systemd.user.services = {
      xss-lock = lib.mkMerge [
        (lib.hm.services.graphicalUnit "xss-lock, session locker service" {
          ExecStart = lib.concatStringsSep " " (
            [
              (binPath cfg.xss-lock.package "xss-lock")
              "-s \${XDG_SESSION_ID}"
            ]
            ++ cfg.xss-lock.extraOptions
            ++ [ "-- ${cfg.lockCmd}" ]
          );
          Environment = cfg.lockCmdEnv;
          Restart = "always";
        })
        (mkIf (!cfg.xautolock.enable) {
          Service.ExecStartPre = "${lib.hm.options.programPath (pkgs.xset or null) "xset"} s ${
            toString (cfg.inactiveInterval * 60)
          } ${toString cfg.xss-lock.screensaverCycle}";
        })
      ];

      xautolock-session = mkIf cfg.xautolock.enable (
        lib.hm.services.graphicalUnit "xautolock, session locker service" {
          ExecStart = lib.concatStringsSep " " (
            [
              (binPath cfg.xautolock.package "xautolock")
              "-time ${toString cfg.inactiveInterval}"
              "-locker '${binPath (pkgs.systemd or null) "loginctl"} lock-session \${XDG_SESSION_ID}'"
            ]
            ++ lib.optional cfg.xautolock.detectSleep "-detectsleep"
            ++ cfg.xautolock.extraOptions
          );
          Restart = "always";
        }
      );
    };
  };
}
