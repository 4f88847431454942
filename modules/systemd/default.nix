# The user's units, and the settings of the user's manager.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.systemd.user;

  unitTypes = import ./unit-types.nix { inherit lib; };
  unitFiles = import ./unit-files.nix { inherit lib pkgs; };

  settingsFormat = pkgs.formats.ini { listsAsDuplicateKeys = true; };

  unitOption =
    kind: type:
    let
      section = lib.toSentenceCase kind;
    in
    mkOption {
      type = types.attrsOf type;
      default = { };
      example = {
        example = {
          Unit.Description = "An example";
          ${section} = { };
        };
      };
      description = ''
        Units of the type {file}`.${kind}`, by their name without it. Sections and their keys
        have systemd's names, see {manpage}`systemd.${kind}(5)`.
      '';
    };

  # Option and file name extension of each kind of units.
  kinds = {
    services = "service";
    slices = "slice";
    sockets = "socket";
    targets = "target";
    timers = "timer";
    paths = "path";
    mounts = "mount";
    automounts = "automount";
  };

  # Written as `NAME=value` pairs, quoted for systemd.
  environmentOption =
    description:
    mkOption {
      type =
        with types;
        attrsOf (
          nullOr (oneOf [
            str
            path
            package
          ])
        );
      default = { };
      example.PATH = "%u/bin";
      apply =
        variables:
        lib.concatStringsSep " " (
          lib.mapAttrsToList (name: value: "${name}=${lib.escapeShellArg value}") variables
        );
      inherit description;
    };

  # A value ends with its line, unless it is in quotes.
  environmentValue =
    text: if lib.hasInfix "\n" text then ''"${lib.escape [ "\"" "\\" ] text}"'' else text;

  # An empty assignment would unset what was set elsewhere.
  withoutEmptyEnvironments =
    settings:
    settings
    // {
      Manager = lib.filterAttrs (
        name: value: !(lib.hasSuffix "Environment" name && value == "")
      ) settings.Manager;
    };
in
{
  imports = [ ./reload.nix ];

  options.systemd.user = {
    enable = mkOption {
      type = types.bool;
      default = pkgs.stdenv.hostPlatform.isLinux;
      defaultText = lib.literalExpression "pkgs.stdenv.hostPlatform.isLinux";
      example = true;
      description = "Whether there is a systemd that manages the user's services.";
    };

    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose units, in {file}`share/systemd/user`, are made known.";
    };

    sessionVariables = mkOption {
      type = types.attrsOf (types.either types.int types.str);
      default = { };
      example.EDITOR = "vim";
      description = "Variables of all services of the user, see {manpage}`environment.d(5)`.";
    };

    settings = mkOption {
      type = types.submodule {
        freeformType = settingsFormat.type;
        options.Manager = {
          DefaultEnvironment = environmentOption "Variables of all services.";
          ManagerEnvironment = environmentOption "Variables of the manager itself.";
        };
      };
      apply = withoutEmptyEnvironments;
      default = { };
      example.Manager.DefaultCPUAccounting = true;
      description = "Settings of the manager, see {manpage}`systemd-user.conf(5)`.";
    };
  }
  // lib.mapAttrs (
    _option: kind: unitOption kind (if kind == "service" then unitTypes.service else unitTypes.unit kind)
  ) kinds;

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "systemd" pkgs lib.platforms.linux)
    ];

    xdg.configFile = lib.mkMerge [
      (builtins.listToAttrs (
        lib.concatLists (
          lib.mapAttrsToList (option: kind: unitFiles.ofKind kind cfg.${option}) kinds
        )
      ))

      (lib.mkIf (cfg.sessionVariables != { }) {
        "environment.d/10-home-manager.conf".text = lib.concatStrings (
          lib.mapAttrsToList (name: value: ''
            ${name}=${environmentValue (toString value)}
          '') cfg.sessionVariables
        );
      })

      (lib.mkIf (builtins.any (section: section != { }) (builtins.attrValues cfg.settings)) {
        "systemd/user.conf".source = settingsFormat.generate "user.conf" cfg.settings;
      })
    ];

    xdg.dataFile = lib.mkIf (cfg.packages != [ ]) {
      "systemd/user" = {
        recursive = true;
        source = pkgs.symlinkJoin {
          name = "user-systemd-units";
          paths = cfg.packages;
          stripPrefix = "/share/systemd/user";
        };
      };
    };
  };
}
