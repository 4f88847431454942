{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "the timer that synchronises mail with mbsync";
  docs = "https://isync.sourceforge.io/mbsync.html";
  linuxOnly = true;
  installed = null;
  package = "isync";

  options = {
    frequency = option types.str "*:0/5" "When it runs, as {manpage}`systemd.time(7)` has it.";
    verbose = option types.bool true "Whether it prints what it does.";
    configFile = option (types.nullOr types.path) null "The configuration, if it is not the usual file.";
    preExec = option (types.nullOr types.str) null "A command before it." // {
      example = "mkdir -p %h/mail";
    };
    postExec = option (types.nullOr types.str) null "A command after it." // {
      example = "\${pkgs.mu}/bin/mu index";
    };
  };

  unit = {
    Unit.Description = "mbsync mailbox synchronization";
    Service = {
      Type = "oneshot";
      ExecStart = lib.concatStringsSep " " (
        [
          (bin "mbsync")
          "--all"
        ]
        ++ lib.optional cfg.verbose "--verbose"
        ++ lib.optional (cfg.configFile != null) "--config ${cfg.configFile}"
      );
    }
    // lib.optionalAttrs (cfg.postExec != null) { ExecStartPost = cfg.postExec; }
    // lib.optionalAttrs (cfg.preExec != null) { ExecStartPre = cfg.preExec; };
  };

  config.systemd.user.timers.mbsync = lib.hm.services.timer "mbsync mailbox synchronization" {
    OnCalendar = cfg.frequency;
    Unit = "mbsync.service";
  };
}
