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
  json = pkgs.formats.json { };
  toml = pkgs.formats.toml { };

  isAtLeast =
    version: cfg.package == null || lib.versionAtLeast (lib.getVersion cfg.package) version;
  # 0.15 moved the themes and changed their format; 0.17 renamed the settings.
  hasTomlThemes = isAtLeast "0.15.0";
  isNew = isAtLeast "0.17.0";
  settingsPath = if isNew then "vicinae/settings.json" else "vicinae/vicinae.json";

  themes =
    lib.hm.files.inDirectory "vicinae/themes" (if hasTomlThemes then ".toml" else ".json") (
      name: theme: {
        source = (if hasTomlThemes then toml else json).generate "vicinae-${name}-theme" theme;
      }
    ) cfg.themes;

  messagingHost = pkgs.writeTextDir "lib/mozilla/native-messaging-hosts/com.vicinae.vicinae.json" (
    builtins.toJSON {
      name = "com.vicinae.vicinae";
      description = "Vicinae Native Messaging Host";
      path = "${cfg.package}/libexec/vicinae/vicinae-browser-link";
      type = "stdio";
      allowed_extensions = [ "firefox@vicinae.com" ];
    }
  );
in
{
  title = "Vicinae, which starts programs";
  docs = "https://docs.vicinae.com/";
  linuxOnly = true;

  options = {
    systemd = {
      enable = lib.mkEnableOption "the service of Vicinae";
      autoStart = option types.bool true "Whether the service starts with its target.";
      target = option types.str "graphical-session.target" "Target that starts the service." // {
        example = "sway-session.target";
      };
    };

    useLayerShell = option types.bool true "Whether the window is a layer, before version 0.17.";

    enableFirefoxIntegration = lib.mkOption {
      default = true;
      description = "Whether Firefox and LibreWolf can talk to it.";
    };

    extensions = option (types.listOf types.package) [ ] "Extensions. `config.lib.vicinae.mkExtension` and `mkRayCastExtension` make packages of them.";

    themes = option toml.type { } "Themes by name. See <https://docs.vicinae.com/theming>." // {
      example.mine.colors.core.accent = "#89b4fa";
    };

    settings = option json.type { } "Contents of {file}`$XDG_CONFIG_HOME/vicinae/settings.json`. See <https://docs.vicinae.com/config>." // {
      example.font.normal.size = 10;
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.systemd.enable -> cfg.package != null;
        message = "{option}programs.vicinae.systemd.enable requires non null {option}programs.vicinae.package";
      }
      {
        assertion = cfg.useLayerShell || !isNew;
        message = "After version 0.17, if you want to explicitly disable the use of layer shell, you need to set {option}.programs.vicinae.settings.launcher_window.layer_shell.enabled = false.";
      }
    ];

    lib.vicinae = import ./extensions.nix { inherit pkgs; };

    xdg = {
      configFile = {
        ${settingsPath} = lib.mkIf (cfg.settings != { }) {
          source = json.generate "vicinae-settings" cfg.settings;
        };
      }
      // lib.optionalAttrs (!hasTomlThemes) themes;

      dataFile =
        lib.listToAttrs (
          map (
            extension: lib.nameValuePair "vicinae/extensions/${extension.name}" { source = extension; }
          ) cfg.extensions
        )
        // lib.optionalAttrs hasTomlThemes themes;
    };

    home.activation.vicinae-refresh-apps = lib.mkIf (cfg.package != null) (
      lib.hm.dag.entryAfter [ "installPackages" ] ''
        verboseEcho "Refreshing the vicinae app list"
        run --silence ${exe} deeplink vicinae://launch/core/refresh-apps || verboseEcho "Failed to refresh the vicinae app list"
      ''
    );

    mozilla = lib.mkIf (cfg.enableFirefoxIntegration && cfg.package != null) {
      firefoxNativeMessagingHosts = [ messagingHost ];
      librewolfNativeMessagingHosts = [ messagingHost ];
    };

    systemd.user.services.vicinae = lib.mkIf (cfg.systemd.enable && cfg.package != null) {
      Unit = {
        Description = "Vicinae server daemon";
        Documentation = [ "https://docs.vicinae.com" ];
        After = [ cfg.systemd.target ];
        PartOf = [ cfg.systemd.target ];
        X-Restart-Triggers =
          lib.optional (cfg.settings != { }) config.xdg.configFile.${settingsPath}.source
          ++ map (theme: theme.source) (lib.attrValues themes)
          ++ cfg.extensions;
      };
      Service = {
        Type = "simple";
        ExecStart = "${lib.getExe' cfg.package "vicinae"} server";
        Restart = "always";
        RestartSec = 5;
        KillMode = "process";
        EnvironmentFile = lib.mkIf (!isNew) (
          pkgs.writeText "vicinae-env" ''
            USE_LAYER_SHELL=${if cfg.useLayerShell then "1" else "0"}
          ''
        );
      };
      Install = lib.mkIf cfg.systemd.autoStart { WantedBy = [ cfg.systemd.target ]; };
    };
  };
}
