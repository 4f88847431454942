{
  cfg,
  exe,
  lib,
  mailAccounts,
  option,
  types,
  ...
}:

{
  title = "the timer that fetches mail with getmail";
  linuxOnly = true;
  installed = null;
  package = "getmail6";

  options.frequency = option types.str "*:0/5" "When it runs, as {manpage}`systemd.time(7)` has it." // {
    example = "hourly";
  };

  unit = {
    Unit.Description = "getmail email fetcher";
    # It looks for files of these names in its own directory.
    Service.ExecStart = "${exe} ${
      lib.concatMapStringsSep " " (
        account: " --rcfile ${if account.primary then "getmailrc" else "getmail${account.name}"}"
      ) mailAccounts
    }";
  };

  config.systemd.user.timers.getmail = lib.hm.services.timer "getmail email fetcher" {
    OnCalendar = cfg.frequency;
    Unit = "getmail.service";
  };
}
