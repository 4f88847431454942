{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  inherit (config.programs.borgmatic) package;

  logs = "${config.home.homeDirectory}/Library/Logs/borgmatic";
in
{
  title = "the timer that makes backups with borgmatic";
  installed = null;
  package = null;

  options.frequency = option types.str "hourly" "When it runs, as {manpage}`systemd.time(7)` has it.";

  unit = {
    Unit = {
      Description = "borgmatic backup";
      ConditionACPower = true;
    };
    Service = {
      Type = "oneshot";

      # A backup must not slow down the machine.
      Nice = 19;
      IOSchedulingClass = "best-effort";
      IOSchedulingPriority = 7;
      IOWeight = 100;

      Restart = "no";
      LogRateLimitIntervalSec = 0;

      # The network may need a while after the machine wakes up.
      ExecStartPre = "${lib.hm.options.binPath (pkgs.coreutils or null) "sleep"} 3m";
      ExecStart = ''
        ${lib.hm.options.binPath (pkgs.systemd or null) "systemd-inhibit"} \
          --who="borgmatic" \
          --what="sleep:shutdown" \
          --why="Prevent interrupting scheduled backup" \
          ${lib.hm.options.binPath package "borgmatic"} \
            --stats \
            --verbosity -1 \
            --list \
            --syslog-verbosity 1
      '';
    };
  };

  config = {
    assertions = [
      (lib.hm.darwin.assertInterval "services.borgmatic.frequency" cfg.frequency pkgs)
    ];

    systemd.user.timers.borgmatic = lib.hm.services.timer "Run borgmatic backup" {
      OnCalendar = cfg.frequency;
      Persistent = true;
      RandomizedDelaySec = "10m";
    };

    launchd.agents.borgmatic = {
      enable = true;
      config = {
        ProgramArguments = [
          (lib.hm.options.programPath package "borgmatic")
          "--stats"
          "--list"
        ];
        ProcessType = "Background";
        StartCalendarInterval = lib.hm.darwin.mkCalendarInterval cfg.frequency;
        StandardOutPath = "${logs}/launchd-stdout.log";
        StandardErrorPath = "${logs}/launchd-stderr.log";
      };
    };
  };
}
