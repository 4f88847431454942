{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  cfg = config.nix.gc;

  nixPackage =
    if config.nix.enable && config.nix.package != null then config.nix.package else pkgs.nix or null;
  collect = lib.hm.options.programPath' nixPackage "nix-collect-garbage";

  firstDate = lib.head cfg.dates;
in
{
  imports = [
    (lib.mkChangedOptionModule
      [
        "nix"
        "gc"
        "frequency"
      ]
      [
        "nix"
        "gc"
        "dates"
      ]
      (config: lib.toList config.nix.gc.frequency)
    )
  ];

  options.nix.gc = {
    automatic = option types.bool false ''
      Whether to collect garbage at regular times. The collector runs as the user, and removes old
      generations of the user's profiles only if `options` says so.
    '';

    dates =
      option (types.either types.singleLineStr (types.listOf types.str)) "weekly" ''
        When to collect garbage, in the format of {manpage}`systemd.time(7)`. On macOS it must be one of
        ${lib.hm.darwin.intervalDocumentation}
      ''
      // {
        apply = lib.toList;
        example = "03:15";
      };

    randomizedDelaySec = option types.singleLineStr "0" "Longest random delay before each start. See {manpage}`systemd.time(7)`." // {
      example = "45min";
    };

    options =
      option (types.nullOr types.str) null ''
        Arguments of `nix-collect-garbage`. See
        <https://nix.dev/manual/nix/stable/command-ref/nix-collect-garbage>.
      ''
      // {
        example = "--delete-older-than 30d";
      };

    persistent =
      option types.bool true ''
        Whether garbage is collected soon after the start if the machine was off at the time.
      ''
      // {
        example = false;
      };
  };

  config = lib.mkIf cfg.automatic {
    assertions = [
      {
        assertion = pkgs.stdenv.hostPlatform.isDarwin -> lib.length cfg.dates == 1;
        message = "On Darwin, `nix.gc.dates` must contain a single element.";
      }
      (lib.hm.darwin.assertInterval "nix.gc.dates.*" firstDate pkgs)
    ];

    systemd.user.services.nix-gc = {
      Unit.Description = "Nix Garbage Collector";
      Service = {
        Type = "oneshot";
        ExecStart = pkgs.writeShellScript "nix-gc" "exec ${collect} ${
          lib.optionalString (cfg.options != null) cfg.options
        }";
      };
    };

    systemd.user.timers.nix-gc = {
      Unit.Description = "Nix Garbage Collector";
      Timer = {
        OnCalendar = cfg.dates;
        RandomizedDelaySec = cfg.randomizedDelaySec;
        Persistent = cfg.persistent;
        Unit = "nix-gc.service";
      };
      Install.WantedBy = [ "timers.target" ];
    };

    launchd.agents.nix-gc = {
      enable = true;
      config = {
        ProgramArguments = [ collect ] ++ lib.optional (cfg.options != null) cfg.options;
        StartCalendarInterval = lib.hm.darwin.mkCalendarInterval firstDate;
      };
    };
  };
}
