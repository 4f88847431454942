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
  enabled = lib.filterAttrs (_name: account: account.khal.enable);
  withoutNull = lib.filterAttrs (_name: value: value != null);

  calendars = enabled config.accounts.calendar.accounts;

  # Birthdays of contacts are a calendar of each collection.
  birthdays = lib.concatMapAttrs (
    name: account:
    let
      calendar =
        directory:
        lib.recursiveUpdate account {
          khal.type = "birthdays";
          inherit directory;
        };
      inherit (account.khal) collections;
    in
    if collections == null then
      { ${name} = calendar ""; }
    else
      lib.listToAttrs (map (collection: lib.nameValuePair "${name}-${collection}" (calendar collection)) collections)
  ) (enabled config.accounts.contact.accounts);

  calendarText =
    name:
    { local, khal, ... }@account:
    lib.concatStringsSep "\n" (
      [
        "[[${name}]]"
        "path = ${local.path}${lib.optionalString (local.type != "singlefile") "/"}${
          lib.optionalString (khal.type == "discover") khal.glob
        }${account.directory or ""}"
      ]
      ++ lib.optional khal.readOnly "readonly = True"
      ++ lib.optional (khal.addresses != [ ]) "addresses= ${lib.concatStringsSep ", " khal.addresses}"
      ++ lib.optional (khal.color != null) "color = '${khal.color}'"
      ++ [
        (lib.generators.toKeyValue { } (withoutNull { inherit (khal) type priority; }))
        "\n"
      ]
    );

  primary = lib.findSingle (account: account.primary) null null (
    lib.mapAttrsToList (name: account: account // { inherit name; }) calendars
  );

  defaultSection = lib.optionalAttrs (primary != null) {
    default = {
      highlight_event_days = true;
      default_calendar =
        if primary.primaryCollection == null then primary.name else primary.primaryCollection;
    }
    // cfg.settings.default or { };
  };

  dateFormat = default: description: option types.str default "${description}, in the format of {manpage}`strftime(3)`.";

  localeOptions = {
    dateformat = dateFormat "%x" "Format of dates";
    timeformat = dateFormat "%X" "Format of times";
    datetimeformat = dateFormat "%c" "Format of dates with times";
    longdateformat = dateFormat "%x" "Format of dates with the year";
    longdatetimeformat = dateFormat "%c" "Format of dates with the year and times";

    unicode_symbols = option types.bool true "Whether symbols beyond ASCII are shown.";
    default_timezone = option (types.nullOr types.str) null "Time zone of events that have none.";
    local_timezone = option (types.nullOr types.str) null "Time zone that times are shown in.";
    firstweekday = option (types.ints.between 0 6) 0 "First day of the week; 0 is Monday.";
    weeknumbers = option (types.enum [
      "off"
      "left"
      "right"
    ]) "off" "Where the numbers of weeks are shown.";
  };

  accountOptions = {
    enable = lib.mkEnableOption "khal for the account";
    readOnly = option types.bool false "Whether khal changes nothing.";
    color = option (types.nullOr types.str) null "Color of events. See <https://khal.readthedocs.io/en/latest/configure.html>." // {
      example = "light green";
    };
    priority = option types.int 10 "Priority of the color on days with events of several calendars.";
    addresses = option (types.listOf types.str) [ ] "Addresses of the user, for invitations.";
  };
in
{
  title = "khal, a calendar for the terminal";
  docs = "https://khal.readthedocs.io/en/latest/configure.html";

  accounts = {
    calendar.options.khal = accountOptions // {
      type = option (types.enum [
        "calendar"
        "discover"
      ]) "calendar" "Whether the directory is one calendar, or holds calendars that `glob` finds.";
      glob = option types.str "*" "Pattern of the directories of calendars, with `discover`.";
    };

    contact.options.khal = accountOptions // {
      collections = option (types.nullOr (types.listOf types.str)) null "Collections whose birthdays are shown; the account is one if null.";
    };
  };

  options = {
    locale = option (types.submodule { options = localeOptions; }) { } "How dates and times are written.";

    settings = option (pkgs.formats.ini { }).type { } ''
      Further settings by section. See <https://khal.readthedocs.io/en/latest/configure.html>.
    '' // {
      example.default.timedelta = "5d";
    };
  };

  config.xdg.configFile."khal/config".text = lib.concatStringsSep "\n" (
    [ "[calendars]" ]
    ++ lib.mapAttrsToList calendarText (calendars // birthdays)
    ++ [
      (lib.generators.toINI { } (
        lib.recursiveUpdate (cfg.settings // defaultSection) {
          locale = withoutNull (removeAttrs cfg.locale [ "_module" ]);
        }
      ))
    ]
  );
}
