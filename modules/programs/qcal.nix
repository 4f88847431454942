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
  calendar =
    { remote, ... }:
    lib.filterAttrs (_name: value: value != null) {
      Url = remote.url;
      Username = remote.userName;
      PasswordCmd = if remote.passwordCommand == null then null else toString remote.passwordCommand;
    };
in
{
  title = "qcal, a calendar for the command line";
  docs = "https://git.sr.ht/~psic4t/qcal";

  accounts.calendar.options.qcal.enable = lib.mkEnableOption "qcal for the account";

  options = {
    timezone = option types.singleLineStr "Local" "Time zone that times are shown in." // {
      example = "Europe/Vienna";
    };
    defaultNumDays = option types.ints.positive 30 "Number of days that are shown.";
  };

  config.xdg.configFile."qcal/config.json".source = (pkgs.formats.json { }).generate "qcal.json" {
    DefaultNumDays = cfg.defaultNumDays;
    Timezone = cfg.timezone;
    Calendars = map calendar (
      lib.filter (account: account.qcal.enable) (lib.attrValues config.accounts.calendar.accounts)
    );
  };
}
