{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.services.swayidle;

  optionalCommand =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description;
    };

  timeoutArguments =
    timeout:
    [
      "timeout"
      (toString timeout.timeout)
      timeout.command
    ]
    ++ lib.optionals (timeout.resumeCommand != null) [
      "resume"
      timeout.resumeCommand
    ];

  eventArguments =
    event: command:
    lib.optionals (command != null) [
      event
      command
    ];

  arguments =
    cfg.extraArgs
    ++ lib.concatMap timeoutArguments cfg.timeouts
    ++ lib.concatLists (lib.mapAttrsToList eventArguments cfg.events);
in
{
  imports = [
    (lib.mkChangedOptionModule
      [
        "services"
        "swayidle"
        "systemdTarget"
      ]
      [
        "services"
        "swayidle"
        "systemdTargets"
      ]
      (config: lib.toList config.services.swayidle.systemdTarget)
    )
  ];

  options.services.swayidle = {
    enable = lib.mkEnableOption "swayidle, which acts when nobody does anything";

    package = lib.hm.options.packageOption pkgs "swayidle" { };

    timeouts = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            timeout = mkOption {
              type = types.ints.positive;
              example = 60;
              description = "How long nothing happens, in seconds.";
            };

            command = mkOption {
              type = types.str;
              example = "swaylock -fF";
              description = "The command that is run then.";
            };

            resumeCommand = optionalCommand "The command that is run when something happens again.";
          };
        }
      );
      default = [ ];
      example = lib.literalExpression ''
        [ { timeout = 300; command = "''${pkgs.swaylock}/bin/swaylock -fF"; } ]
      '';
      description = "What is done after how long.";
    };

    events = mkOption {
      type =
        types.coercedTo (types.listOf types.attrs)
          (
            events:
            lib.listToAttrs (
              map (event: {
                name = event.event;
                value = event.command;
              }) events
            )
          )
          (
            types.submodule {
              options = {
                before-sleep = optionalCommand "The command before the machine sleeps.";
                after-resume = optionalCommand "The command after it has slept.";
                lock = optionalCommand "The command when the session is to be locked.";
                unlock = optionalCommand "The command when the session is to be unlocked.";
              };
            }
          );
      default = { };
      example = lib.literalExpression ''
        { before-sleep = "''${pkgs.swaylock}/bin/swaylock -fF"; }
      '';
      description = "What is done when.";
    };

    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ "-w" ];
      description = "Arguments of the command.";
    };

    systemdTargets = mkOption {
      type = types.listOf types.str;
      default = [ config.wayland.systemd.target ];
      defaultText = lib.literalMD "{option}`wayland.systemd.target`";
      description = "What of the session starts and stops the service.";
    };
  };

  config = lib.mkIf cfg.enable {
    warnings = lib.optional (lib.any lib.isList options.services.swayidle.events.definitions) (
      lib.hm.deprecations.mkDeprecatedOptionValueWarning {
        option = [
          "services"
          "swayidle"
          "events"
        ];
        old = "a list";
        replacement = "an attribute set keyed by event name";
        details = ''
          Use event names as attribute keys and commands as values.
        '';
      }
    );

    assertions = [ (lib.hm.assertions.assertPlatform "services.swayidle" pkgs lib.platforms.linux) ];

    home.packages = lib.optional (cfg.package != null) cfg.package;

    systemd.user.services.swayidle = {
      Unit = {
        Description = "Idle manager for Wayland";
        Documentation = "man:swayidle(1)";
        ConditionEnvironment = "WAYLAND_DISPLAY";
        PartOf = cfg.systemdTargets;
        After = cfg.systemdTargets;
      };

      Service = {
        Type = "simple";
        Restart = "always";

        # It runs commands with the shell that it finds. A distribution's finds its programs, too.
        Environment = lib.mkIf (cfg.package != null) [ "PATH=${lib.makeBinPath [ pkgs.bash ]}" ];
        ExecStart = "${lib.hm.options.programPath cfg.package "swayidle"} ${lib.escapeShellArgs arguments}";
      };

      Install.WantedBy = cfg.systemdTargets;
    };
  };
}
