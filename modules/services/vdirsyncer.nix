{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  command = lib.concatStringsSep " " (
    lib.optional (cfg.verbosity != null) "--verbosity ${cfg.verbosity}"
    ++ lib.optional (cfg.configFile != null) "--config ${cfg.configFile}"
  );
in
{
  title = "the timer that synchronises calendars and contacts with vdirsyncer";
  docs = "https://vdirsyncer.pimutils.org";
  installed = null;

  options = {
    frequency = option types.str "*:0/5" "When it runs, as {manpage}`systemd.time(7)` has it.";
    verbosity = option (types.nullOr (
      types.enum [
        "CRITICAL"
        "ERROR"
        "WARNING"
        "INFO"
        "DEBUG"
      ]
    )) null "Which messages it prints; null is its own default.";
    configFile = option (types.nullOr types.path) null "The configuration, if it is not the usual file.";
  };

  unit = {
    Unit = {
      Description = "vdirsyncer calendar&contacts synchronization";
      X-SwitchMethod = "keep-old";
    };
    Service = {
      Type = "oneshot";
      ExecStart = [
        "${bin "vdirsyncer"} ${command} metasync"
        "${bin "vdirsyncer"} ${command} sync"
      ];
    };
  };

  config.systemd.user.timers.vdirsyncer =
    lib.hm.services.timer "vdirsyncer calendar&contacts synchronization"
      {
        OnCalendar = cfg.frequency;
        Unit = "vdirsyncer.service";
      };
}
