{
  cfg,
  config,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  flakeOption = option (types.nullOr (types.either types.singleLineStr types.path)) null;

  flakeVariable = name: value: lib.mkIf (value != null) { ${name} = value; };

  # nh 4 gave the variable its prefix.
  isNew = cfg.package == null || lib.versionAtLeast (lib.getVersion cfg.package) "4.0.0";
in
{
  title = "nh, a helper for Nix's commands";
  docs = "https://github.com/nix-community/nh";

  options = {
    flake = flakeOption "The flake that nh takes, in the variable `NH_FLAKE`.";
    osFlake = flakeOption "The flake that `nh os` takes, in the variable `NH_OS_FLAKE`.";
    homeFlake = flakeOption "The flake that `nh home` takes, in the variable `NH_HOME_FLAKE`.";
    darwinFlake = flakeOption "The flake that `nh darwin` takes, in the variable `NH_DARWIN_FLAKE`.";

    clean = {
      enable = lib.mkEnableOption "regular cleaning of profiles and the store by `nh clean user`";

      dates = option types.singleLineStr "weekly" ''
        When to clean, in the format of {manpage}`systemd.time(7)`. On macOS it must be one of
        ${lib.hm.darwin.intervalDocumentation}
      '';

      extraArgs = option types.singleLineStr "" "Further arguments of `nh clean user`." // {
        example = "--keep 5 --keep-since 3d";
      };
    };
  };

  config.home.sessionVariables = lib.mkMerge [
    (flakeVariable (if isNew then "NH_FLAKE" else "FLAKE") cfg.flake)
    (flakeVariable "NH_OS_FLAKE" cfg.osFlake)
    (flakeVariable "NH_HOME_FLAKE" cfg.homeFlake)
    (flakeVariable "NH_DARWIN_FLAKE" cfg.darwinFlake)
  ];

  always = {
    warnings =
      lib.optional (cfg.clean.enable && config.nix.gc.automatic)
        "programs.nh.clean.enable and nix.gc.automatic (Home-Manager) are both enabled. Please use one or the other to avoid conflict.";

    assertions = [ (lib.hm.darwin.assertInterval "programs.nh.clean.dates" cfg.clean.dates pkgs) ];

    systemd.user = lib.mkIf cfg.clean.enable {
      services.nh-clean = {
        Unit.Description = "Nh clean (user)";
        Service = {
          Type = "oneshot";
          ExecStart = "${exe} clean user ${cfg.clean.extraArgs}";
        };
      };

      timers.nh-clean = {
        Unit.Description = "Run nh clean";
        Timer = {
          OnCalendar = cfg.clean.dates;
          Persistent = true;
        };
        Install.WantedBy = [ "timers.target" ];
      };
    };

    launchd.agents.nh-clean = lib.mkIf cfg.clean.enable {
      enable = true;
      config = {
        ProgramArguments = [
          exe
          "clean"
          "user"
        ]
        ++ lib.optional (cfg.clean.extraArgs != "") cfg.clean.extraArgs;
        StartCalendarInterval = lib.hm.darwin.mkCalendarInterval cfg.clean.dates;
      };
    };
  };
}
