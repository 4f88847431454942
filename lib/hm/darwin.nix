# Calendar intervals of launchd for the interval names that systemd has.
{ lib }:

let
  at =
    fields:
    fields
    // {
      Hour = 0;
      Minute = 0;
    };

  calendar = {
    hourly = [ { Minute = 0; } ];
    daily = [ (at { }) ];
    weekly = [ (at { Weekday = 1; }) ];
    monthly = [ (at { Day = 1; }) ];
    semiannually = map (Month: at { inherit Month; Day = 1; }) [ 1 7 ];
    annually = [
      (at {
        Month = 1;
        Day = 1;
      })
    ];
  };

  names = [
    "hourly"
    "daily"
    "weekly"
    "monthly"
    "semiannually"
    "annually"
  ];

  listed = lib.concatStringsSep ", " names;
in
{
  mkCalendarInterval = interval: calendar.${interval} or null;

  assertInterval = option: interval: pkgs: {
    assertion = !pkgs.stdenv.hostPlatform.isDarwin || builtins.elem interval names;
    message = "On Darwin, ${option} must be one of: ${listed}.";
  };

  intervalDocumentation = ''
    On Darwin, it must be one of: ${listed}, which are implemented as defined in {manpage}`systemd.time(7)`.
  '';
}
