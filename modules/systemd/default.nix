# Units of the user's systemd.
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
  inherit (import ./unit-files.nix { inherit lib pkgs; }) unitFiles;

  kinds = [
    "service"
    "slice"
    "socket"
    "target"
    "timer"
    "path"
    "mount"
    "automount"
  ];

  ini = pkgs.formats.ini { listsAsDuplicateKeys = true; };

  assignments =
    what:
    mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
      example.PATH = "%u/bin";
      apply =
        value:
        lib.concatStringsSep " " (
          lib.mapAttrsToList (name: text: "${name}=${lib.escapeShellArg text}") value
        );
      description = "Variables for ${what}.";
    };
in
{
  imports = [ ./reload.nix ];

  options.systemd.user = {
    enable = lib.mkEnableOption "the user's systemd" // {
      default = pkgs.stdenv.hostPlatform.isLinux;
      defaultText = lib.literalExpression "pkgs.stdenv.hostPlatform.isLinux";
    };

    systemctlPath = mkOption {
      type = types.str;
      default =
        if pkgs.isHomeManagerEmbedded or false then "systemctl" else "${pkgs.systemd}/bin/systemctl";
      defaultText = lib.literalExpression ''"''${pkgs.systemd}/bin/systemctl"'';
      description = "The program systemctl.";
    };

    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with units in share/systemd/user.";
    };

    startServices = mkOption {
      type = types.either types.bool (types.enum [ "suggest" "sd-switch" ]);
      apply = value: if builtins.isBool value then value else value == "sd-switch";
      default = true;
      description = ''
        Whether units are started, stopped and restarted as the configuration changes; otherwise
        the commands to do so are shown.
      '';
    };

    servicesStartTimeoutMs = mkOption {
      type = types.ints.unsigned;
      default = 0;
      description = "How long to wait for started services, in milliseconds; 0: for ever.";
    };

    sessionVariables = mkOption {
      type = types.attrsOf (types.either types.int types.str);
      default = { };
      example.EDITOR = "vim";
      description = "Variables of the session, as environment.d(5) has them.";
    };

    settings = mkOption {
      type = types.submodule {
        freeformType = ini.type;
        options.Manager = {
          DefaultEnvironment = assignments "every unit";
          ManagerEnvironment = assignments "systemd itself";
        };
      };
      default = { };
      # An empty value would reset what was set elsewhere.
      apply =
        sections:
        sections
        // {
          Manager = lib.filterAttrs (
            name: value:
            value != "" || !(builtins.elem name [ "DefaultEnvironment" "ManagerEnvironment" ])
          ) sections.Manager;
        };
      example.Manager.DefaultCPUAccounting = true;
      description = "Settings for systemd-user.conf(5).";
    };
  }
  // builtins.listToAttrs (
    map (kind: {
      name = "${kind}s";
      value = mkOption {
        type = unitTypes.${kind} or (unitTypes.unit kind);
        default = { };
        description = "The user's ${kind} units: sections and keys as in systemd.${kind}(5).";
      };
    }) kinds
  );

  config = lib.mkIf cfg.enable {
    assertions = [ (lib.hm.assertions.assertPlatform "systemd" pkgs lib.platforms.linux) ];

    systemd.user.targets.tray.Unit = {
      Description = "Home Manager System Tray";
      Requires = [ "graphical-session-pre.target" ];
    };

    xdg.configFile = lib.mkMerge (
      map (kind: unitFiles kind cfg."${kind}s") kinds
      ++ [
        (lib.mkIf (cfg.sessionVariables != { }) {
          "environment.d/10-home-manager.conf".text =
            lib.concatStringsSep "\n" (
              lib.mapAttrsToList (name: value: "${name}=${toString value}") cfg.sessionVariables
            )
            + "\n";
        })
        (lib.mkIf (builtins.any (section: section != { }) (builtins.attrValues cfg.settings)) {
          "systemd/user.conf".source = ini.generate "user.conf" cfg.settings;
        })
      ]
    );

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
