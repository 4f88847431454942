{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) option;

  cfg = config.services.home-manager.autoUpgrade;

  preSwitch = lib.hm.deprecations.mkStateVersionOptionDefault {
    inherit (config.home) stateVersion;
    inherit config options;
    since = "26.05";
    optionPath = [
      "services"
      "home-manager"
      "autoUpgrade"
      "preSwitchCommands"
    ];
    legacy.value = [ "nix flake update" ];
    current.value = [ ];
    deferWarningToConfig = true;
    shouldWarn = { optionUsesDefaultPriority, ... }: cfg.useFlake && optionUsesDefaultPriority;
  };

  flags = lib.escapeShellArgs cfg.flags;

  commands = lib.optionalString (cfg.preSwitchCommands != [ ]) (
    lib.concatStringsSep "\n" (
      [
        ''echo "Running pre-switch commands"''
        "set -o xtrace"
      ]
      ++ cfg.preSwitchCommands
    )
  );

  ofFlake = ''
    set -euo pipefail

    if [[ ! -f "$FLAKE_DIR/flake.nix" ]]; then
      echo "No flake.nix found in $FLAKE_DIR." >&2
      exit 1
    fi

    echo "Changing to flake directory $FLAKE_DIR"
    cd "$FLAKE_DIR"

    ${commands}

    echo "Upgrade Home Manager"
    home-manager switch --flake . ${flags}
  '';

  ofChannels = ''
    set -euo pipefail

    echo "Update Nix channels"
    nix-channel --update

    ${commands}

    echo "Upgrade Home Manager"
    home-manager switch ${flags}
  '';

  script = pkgs.writeShellApplication {
    name = "home-manager-auto-upgrade";
    runtimeInputs = [ config.programs.home-manager.package ] ++ lib.optional (pkgs ? nix) pkgs.nix;
    text = if cfg.useFlake then ofFlake else ofChannels;
  };
in
{
  options.services.home-manager.autoUpgrade = {
    enable = lib.mkEnableOption "a timer that updates the configuration and switches to it";

    frequency = mkOption {
      type = types.str;
      example = "weekly";
      description = "When it runs, as {manpage}`systemd.time(7)` has it.";
    };

    useFlake = option types.bool false "Whether the configuration is a flake, and not one of channels.";

    flakeDir = mkOption {
      type = types.str;
      default = "${config.xdg.configHome}/home-manager";
      defaultText = lib.literalExpression ''"''${config.xdg.configHome}/home-manager"'';
      example = "/home/user/dotfiles";
      description = "The directory of the flake.";
    };

    flags = option (types.listOf types.str) [ ] "Arguments of {command}`home-manager switch`." // {
      example = [
        "-b"
        "backup"
      ];
    };

    preSwitchCommands = mkOption {
      type = types.listOf types.str;
      default = [ ];
      defaultText = lib.literalExpression ''
        if lib.versionAtLeast config.home.stateVersion "26.05"
          || !config.services.home-manager.autoUpgrade.useFlake
        then
          [ ]
        else
          [ "nix flake update" ]
      '';
      example = [ "nix flake update" ];
      description = "Commands before the switch, in the directory of the flake.";
    };
  };

  config = mkIf cfg.enable {
    warnings = lib.optional preSwitch.shouldWarn preSwitch.warning;

    assertions = [
      (lib.hm.assertions.assertPlatform "services.home-manager.autoUpgrade" pkgs lib.platforms.linux)
    ];

    services.home-manager.autoUpgrade.preSwitchCommands = mkIf cfg.useFlake (
      lib.mkOptionDefault preSwitch.effectiveDefault
    );

    systemd.user = {
      timers.home-manager-auto-upgrade = lib.hm.services.timer "Home Manager upgrade timer" {
        OnCalendar = cfg.frequency;
        Unit = "home-manager-auto-upgrade.service";
        Persistent = true;
      };

      services.home-manager-auto-upgrade = {
        Unit = {
          Description = "Home Manager upgrade";
          X-SwitchMethod = "keep-old";
        };
        Service = {
          ExecStart = "${script}/bin/home-manager-auto-upgrade";
          Environment = mkIf cfg.useFlake [ "FLAKE_DIR=${cfg.flakeDir}" ];
        };
      };
    };
  };
}
