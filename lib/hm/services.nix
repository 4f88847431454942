# The shape that most modules of services have: a program that systemd runs for the user, its
# settings, and the part of the session that it belongs to.
{ lib }:

let
  inherit (lib) mkIf mkOption types;

  # Returns the sections of a unit that starts after a target of the session and stops with it.
  unitOf = target: description: service: {
    Unit = {
      Description = description;
      After = [ target ];
      PartOf = [ target ];
    };
    Service = service;
    Install.WantedBy = [ target ];
  };

  # The same for the graphical session.
  graphicalUnit = unitOf "graphical-session.target";
in
{
  inherit graphicalUnit unitOf;

  # The same for a program with an icon in the tray.
  trayUnit =
    description: service:
    lib.recursiveUpdate (graphicalUnit description service) {
      Unit = {
        Requires = [ "tray.target" ];
        After = [
          "graphical-session.target"
          "tray.target"
        ];
      };
    };

  # Returns the value of PATH with packages of `pkgs`, by name, as far as it has them.
  searchPath = pkgs: names: lib.makeBinPath (lib.attrVals (lib.filter (name: pkgs ? ${name}) names) pkgs);

  # Returns the sections of a timer.
  timer = description: timer: {
    Unit.Description = description;
    Timer = timer;
    Install.WantedBy = [ "timers.target" ];
  };

  # Returns the sections of a unit that starts when the user logs in.
  loginUnit = description: service: {
    Unit.Description = description;
    Service = service;
    Install.WantedBy = [ "default.target" ];
  };

  # A module of a service, from the arguments of the module and what there is to say of the service.
  sessionService =
    { config, pkgs, ... }:
    {
      # The name below `services`, and that of the unit.
      name,

      # What `enable` is about.
      title ? name,

      # The package: a path of attributes in `pkgs`; whether a null of it means that there is no unit,
      # as upstream has it, or a unit that calls the distribution's program, as always where the
      # embedded package set is all there is; whether the package is installed too.
      package ? name,
      nullable ? false,
      install ? true,

      linuxOnly ? true,

      # What the unit says of itself.
      description,

      # What the unit is started and stopped with: `graphical`, or `wayland`, which is the target that
      # Wayland compositors of the configuration start. If it can be chosen, by an option of this
      # name, whose value may be a list.
      session ? "graphical",
      targetOption ? null,
      targetIsList ? false,

      # Whether it needs a Wayland display; whether it shows itself in the tray.
      needsWayland ? false,
      inTray ? false,

      # The command, and further settings of the sections of the unit: functions of
      # `config.services.NAME`.
      command,
      unit ? _cfg: { },
      service ? _cfg: { },

      # The options that are written to files, as for `lib.hm.files.fromOptions`. The unit is
      # restarted when they change, unless it notices by itself.
      files ? { },
      restartWithFiles ? true,

      # Further options.
      options ? { },

      # Further configuration, while the service is enabled: a function of `config.services.NAME`.
      extraConfig ? _cfg: { },
    }:
    let
      cfg = config.services.${name};

      hasUnit = cfg.package != null || !nullable || pkgs.isHomeManagerEmbedded or false;

      written = lib.hm.files.fromOptions {
        inherit
          config
          pkgs
          cfg
          files
          ;
      };

      defaultTarget =
        if session == "wayland" then config.wayland.systemd.target else "graphical-session.target";

      targets = if targetOption == null then [ defaultTarget ] else lib.toList cfg.${targetOption};
    in
    {
      options.services.${name} = {
        enable = lib.mkEnableOption title;
        package = lib.hm.options.packageOption pkgs title {
          default = package;
        };
      }
      // lib.optionalAttrs (targetOption != null) {
        ${targetOption} = mkOption {
          type = if targetIsList then types.either (types.listOf types.str) types.str else types.str;
          default = if targetIsList then [ defaultTarget ] else defaultTarget;
          defaultText = lib.literalMD (
            if session == "wayland" then "{option}`wayland.systemd.target`" else "`${defaultTarget}`"
          );
          description = "What of the session starts and stops the service.";
        };
      }
      // written.options
      // options;

      config = mkIf cfg.enable (
        lib.mkMerge (
          [
            (lib.optionalAttrs linuxOnly {
              assertions = [
                (lib.hm.assertions.assertPlatform "services.${name}" pkgs lib.platforms.linux)
              ];
            })
            (lib.optionalAttrs install {
              home.packages = mkIf (cfg.package != null) [ cfg.package ];
            })
            {
              systemd.user.services.${name} = mkIf hasUnit {
                Unit = lib.mkMerge [
                  {
                    Description = description;
                    After = targets ++ lib.optional inTray "tray.target";
                    PartOf = targets;
                  }
                  (lib.optionalAttrs inTray { Requires = [ "tray.target" ]; })
                  (lib.optionalAttrs needsWayland { ConditionEnvironment = "WAYLAND_DISPLAY"; })
                  (mkIf (restartWithFiles && written.sources != [ ]) {
                    X-Restart-Triggers = written.sources;
                  })
                  (unit cfg)
                ];

                Service = lib.mkMerge [
                  { ExecStart = command cfg; }
                  (service cfg)
                ];

                Install.WantedBy = targets;
              };
            }
            (extraConfig cfg)
          ]
          ++ written.configs
        )
      );
    };
}
