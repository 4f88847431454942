{
  cfg,
  config,
  exe,
  lib,
  option,
  types,
  ...
}:

let
  inherit (lib) mkIf;
  inherit (config.wayland.systemd) target;

  hyprland = config.wayland.windowManager.hyprland.package;

  forTransitions =
    make:
    lib.mapAttrs' (name: given: lib.nameValuePair "hyprsunset-${name}" (make name given)) cfg.transitions;
in
{
  title = "Hyprsunset, which makes the screen warmer at night";
  docs = "https://wiki.hypr.land/Hypr-Ecosystem/hyprsunset/";

  files.settings = {
    format = "hyprconf";
    xdg = "hypr/hyprsunset.conf";
    generator = { inherit (cfg) importantPrefixes; };
    example.profile = [
      {
        time = "21:00";
        temperature = 4000;
      }
    ];
  };

  options = {
    extraArgs = option (types.listOf types.str) [ ] "Arguments of {command}`hyprsunset`." // {
      example = [ "--verbose" ];
    };
    transitions =
      option (types.attrsOf (
        types.submodule {
          options = {
            calendar = lib.mkOption {
              type = types.str;
              example = "*-*-* 06:00:00";
              description = "When it happens, as {manpage}`systemd.time(7)` has it.";
            };
            requests = option (types.listOf (types.listOf types.str)) [ ] "What {command}`hyprctl hyprsunset` is asked for." // {
              example = [
                [
                  "temperature"
                  "3500"
                ]
              ];
            };
          };
        }
      )) { } "Changes at given times. Use {option}`services.hyprsunset.settings`."
      // {
        example.sunrise = {
          calendar = "*-*-* 06:00:00";
          requests = [
            [
              "temperature"
              "6500"
            ]
          ];
        };
      };
    importantPrefixes = option (types.listOf types.str) [ "$" ] "What the names of settings begin with that have to be above the others." // {
      example = [ "$" ];
    };
    systemdTarget = option types.str target "The target that starts it." // {
      defaultText = lib.literalExpression "config.wayland.systemd.target";
      example = "hyprland-session.target";
    };
  };

  unit = {
    Unit = {
      ConditionEnvironment = "WAYLAND_DISPLAY";
      Description = "hyprsunset - Hyprland's blue-light filter";
      After = [ target ];
      PartOf = [ target ];
      X-Restart-Triggers = mkIf (cfg.settings != { }) [
        "${config.xdg.configFile."hypr/hyprsunset.conf".source}"
      ];
    };
    Service = {
      ExecStart = "${exe}${
        lib.optionalString (cfg.extraArgs != [ ]) " ${lib.escapeShellArgs cfg.extraArgs}"
      }";
      Restart = "always";
      RestartSec = "10";
    };
    Install.WantedBy = [ cfg.systemdTarget ];
  };

  config = {
    assertions = [
      {
        assertion = hyprland != null || cfg.transitions == { };
        message = ''
          Can't set services.hyprsunset.enable when using the deprecated option
          services.hyprsunset.transitions if wayland.windowManager.hyprland.package
          is set to null. Either migrate your configuration to use services.hyprsunset.settings
          or, if you are using Hyprland's upstream flake, see:
          <https://github.com/nix-community/home-manager/issues/7484>.
        '';
      }
    ];

    warnings = mkIf (cfg.transitions != { }) [
      ''
        Using services.hyprsunset.transitions is deprecated. Please use
        services.hyprsunset.settings instead.
      ''
    ];

    systemd.user.services = mkIf (hyprland != null) (
      forTransitions (
        name: given: {
          Install = { };
          Unit = {
            ConditionEnvironment = "WAYLAND_DISPLAY";
            Description = "hyprsunset transition for ${name}";
            After = [ "hyprsunset.service" ];
            Requires = [ "hyprsunset.service" ];
          };
          Service = {
            Type = "oneshot";
            ExecStart = lib.concatMapStringsSep " && " (
              request: "${lib.getExe' hyprland "hyprctl"} hyprsunset ${lib.escapeShellArgs request}"
            ) given.requests;
          };
        }
      )
    );

    systemd.user.timers = forTransitions (
      name: given: {
        Install.WantedBy = [ target ];
        Unit.Description = "Timer for hyprsunset transition (${name})";
        Timer = {
          OnCalendar = given.calendar;
          Persistent = true;
        };
      }
    );
  };
}
