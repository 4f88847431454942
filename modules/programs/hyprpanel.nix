{
  cfg,
  config,
  lib,
  option,
  pkgs,
  ...
}:

let
  json = pkgs.formats.json { };
  inherit (config.wayland.systemd) target;

  idle = "systemctl --user";
in
{
  title = "HyprPanel, a panel for Hyprland";
  docs = "https://hyprpanel.com/configuration/panel.html";

  # The former option's name ends in a space.
  imports = [
    (lib.mkRemovedOptionModule
      [
        "programs"
        "hyprpanel"
        "dontAssertNotificationDaemons "
      ]
      ''
        The hyprpanel never supported using it alongside other notification
        daemons, so this option never truly worked.
      ''
    )
  ];

  options = {
    settings = option json.type { } "Contents of {file}`$XDG_CONFIG_HOME/hyprpanel/config.json`. See <https://hyprpanel.com/configuration/panel.html>." // {
      example.bar.clock.format = "%H:%M:%S";
    };

    systemd.enable = lib.mkEnableOption "the service of HyprPanel" // {
      default = true;
    };
  };

  config = {
    assertions =
      map
        (name: {
          assertion = !config.services.${name}.enable;
          message = ''
            Only one notification daemon can be enabled at once. You have enabled
            ${name} and hyprpanel.
          '';
        })
        [
          "swaync"
          "dunst"
          "mako"
        ];

    warnings = lib.optional (cfg.settings ? theme.name) (
      lib.hm.deprecations.mkDeprecatedOptionValueWarning {
        option = [
          "programs"
          "hyprpanel"
          "settings"
          "theme"
          "name"
        ];
        old = "a named theme";
        replacement = "`programs.hyprpanel.settings.theme`";
        details = ''
          Named theme loading was removed because it requires import-from-derivation.

          Paste theme contents from:
            https://github.com/Jas-SinghFSU/HyprPanel/blob/2c0c66a/themes/${cfg.settings.theme.name}.json
        '';
      }
    );

    programs.hyprpanel.settings = lib.mkIf config.services.hypridle.enable {
      bar.customModules.hypridle = lib.mapAttrs (_name: lib.mkDefault) {
        startCommand = "${idle} start hypridle.service";
        stopCommand = "${idle} stop hypridle.service";
        isActiveCommand = "${idle} status hypridle.service | grep -q 'Active: active (running)' && echo 'yes' || echo 'no'";
      };
    };

    xdg.configFile.hyprpanel = lib.mkIf (cfg.settings != { }) {
      target = "hyprpanel/config.json";
      source = json.generate "hyprpanel-config" cfg.settings;
      # The panel replaces the link with a file.
      force = true;
    };

    systemd.user.services.hyprpanel = lib.mkIf cfg.systemd.enable {
      Unit = {
        Description = "Bar/Panel for Hyprland with extensive customizability";
        Documentation = "https://hyprpanel.com/getting_started/hyprpanel.html";
        PartOf = [ target ];
        After = [ target ];
        ConditionEnvironment = "WAYLAND_DISPLAY";
        X-Restart-Triggers = lib.optional (
          cfg.settings != { }
        ) "${config.xdg.configFile.hyprpanel.source}";
      };
      Service = {
        ExecStart = lib.hm.options.programPath' cfg.package "hyprpanel";
        ExecReload = "${lib.hm.options.tool pkgs "coreutils" "kill"} -SIGUSR2 $MAINPID";
        Restart = "on-failure";
        KillMode = "mixed";
      };
      Install.WantedBy = [ target ];
    };
  };
}
