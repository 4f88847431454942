{
  bin,
  config,
  lib,
  mailAccounts,
  ...
}:

let
  accounts = lib.filter (account: account.lieer.sync.enable) mailAccounts;

  unitName =
    account:
    lib.stringAsChars (c: if builtins.match "[A-Za-z0-9_-]" c == null then "-" else c) "lieer-${account.name}";

  forAccounts =
    make:
    lib.listToAttrs (map (account: lib.nameValuePair (unitName account) (make account)) accounts);

  description = account: "lieer Gmail synchronization for ${account.name}";
in
{
  title = "the timers that synchronise Gmail with lieer";
  linuxOnly = true;
  installed = null;
  package = null;

  config = {
    programs.lieer.enable = true;

    systemd.user.services = forAccounts (account: {
      Unit = {
        Description = description account;
        ConditionPathExists = "${account.maildir.absPath}/.gmailieer.json";
      };
      Service = {
        Type = "oneshot";
        ExecStart = "${lib.hm.options.binPath config.programs.lieer.package "gmi"} sync";
        WorkingDirectory = account.maildir.absPath;
        Environment = "NOTMUCH_CONFIG=${config.xdg.configHome}/notmuch/default/config";
      };
    });

    systemd.user.timers = forAccounts (
      account:
      lib.hm.services.timer (description account) {
        OnCalendar = account.lieer.sync.frequency;
        RandomizedDelaySec = 30;
      }
    );
  };
}
