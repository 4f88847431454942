{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (pkgs.stdenv.hostPlatform) isDarwin isLinux;

  cfg = config.programs.ghostty;

  keyValue = pkgs.formats.keyValue {
    listsAsDuplicateKeys = true;
    mkKeyValue = lib.generators.mkKeyValueDefault { } " = ";
  };

  validate =
    file:
    mkIf (
      cfg.package != null
    ) "${lib.getExe cfg.package} +validate-config --config-file=${config.xdg.configHome}/ghostty/${file}";

  themeFile = name: theme: {
    name = "ghostty/themes/${name}";
    value = {
      source = keyValue.generate "ghostty-${name}-theme" theme;
      onChange = validate "themes/${name}";
    };
  };

  integrationOption =
    make:
    make {
      inherit config;
      extraDescription = ''
        Ghostty finds the shells it starts by itself; this is for those started in other ways.
      '';
    };

  needsPackage = name: enabled: {
    assertion = !enabled || cfg.package != null;
    message = "programs.ghostty.${name} when programs.ghostty.package is null";
  };

  serviceName = "app-com.mitchellh.ghostty.service";

  settingsSources = map (name: config.xdg.configFile.${name}.source) (
    lib.optional (cfg.settings != { }) "ghostty/config"
    ++ map (name: "ghostty/themes/${name}") (lib.attrNames cfg.themes)
  );
in
{
  options.programs.ghostty = {
    enable = lib.mkEnableOption "the terminal Ghostty";

    package = lib.hm.options.packageOption pkgs "ghostty" { nullable = true; };

    settings = mkOption {
      inherit (keyValue) type;
      default = { };
      example = {
        font-size = 10;
        keybind = [ "ctrl+h=goto_split:left" ];
      };
      description = "Contents of {file}`$XDG_CONFIG_HOME/ghostty/config`.";
    };

    themes = mkOption {
      type = types.attrsOf keyValue.type;
      default = { };
      example.mine.background = "1e1e2e";
      description = "Themes by name.";
    };

    clearDefaultKeybinds = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether to begin without key bindings.";
    };

    installVimSyntax = lib.mkEnableOption "syntax highlighting of its configuration in Vim";

    installBatSyntax = lib.mkEnableOption "syntax highlighting of its configuration in bat" // {
      default = cfg.package != null;
      defaultText = lib.literalMD "`true` if there is a package";
    };

    systemd = mkOption {
      type = types.submodule {
        options.enable = lib.mkEnableOption "the user service of Ghostty" // {
          default = isLinux;
          defaultText = lib.literalMD "`true` on Linux";
        };
      };
      default = { };
      description = "Its service, which lets new windows open faster.";
    };

    enableBashIntegration = integrationOption lib.hm.shell.mkBashIntegrationOption;
    enableFishIntegration = integrationOption lib.hm.shell.mkFishIntegrationOption;
    enableZshIntegration = integrationOption lib.hm.shell.mkZshIntegrationOption;
  };

  config = mkIf cfg.enable (
    lib.mkMerge [
      {
        assertions = [
          (needsPackage "installVimSyntax cannot be enabled" cfg.installVimSyntax)
          (needsPackage "installBatSyntax cannot be enabled" cfg.installBatSyntax)
          {
            assertion = !cfg.systemd.enable || isLinux;
            message = "Ghostty systemd integration cannot be enabled for non-linux platforms";
          }
        ];

        home.packages = lib.optional (cfg.package != null) cfg.package;

        programs = {
          ghostty.settings = mkIf cfg.clearDefaultKeybinds { keybind = lib.mkBefore [ "clear" ]; };

          vim.plugins = mkIf (cfg.installVimSyntax && cfg.package != null) [ cfg.package.vim ];

          bat = mkIf (cfg.installBatSyntax && cfg.package != null) {
            syntaxes.ghostty = {
              src = cfg.package;
              file =
                lib.optionalString isDarwin "Applications/Ghostty.app/Contents/Resources/"
                + lib.optionalString (!isDarwin) "share/"
                + "bat/syntaxes/ghostty.sublime-syntax";
            };
            config.map-syntax = [ "${config.xdg.configHome}/ghostty/config:Ghostty Config" ];
          };

          # Right after the completions of bash (100).
          bash.initExtra = mkIf cfg.enableBashIntegration (
            lib.mkOrder 101 ''
              if [[ -r "''${GHOSTTY_RESOURCES_DIR}/shell-integration/bash/ghostty.bash" ]]; then
                builtin source "''${GHOSTTY_RESOURCES_DIR}/shell-integration/bash/ghostty.bash"
              fi
            ''
          );

          fish.interactiveShellInit = mkIf cfg.enableFishIntegration ''
            if test -r "$GHOSTTY_RESOURCES_DIR/shell-integration/fish/vendor_conf.d/ghostty-shell-integration.fish"
              source "$GHOSTTY_RESOURCES_DIR/shell-integration/fish/vendor_conf.d/ghostty-shell-integration.fish"
            end
          '';

          zsh.initContent = mkIf cfg.enableZshIntegration ''
            if [[ -r "$GHOSTTY_RESOURCES_DIR"/shell-integration/zsh/ghostty-integration ]]; then
              source "$GHOSTTY_RESOURCES_DIR"/shell-integration/zsh/ghostty-integration
            fi
          '';
        };

        xdg.configFile = {
          "ghostty/config" = mkIf (cfg.settings != { }) {
            source = keyValue.generate "ghostty-config" cfg.settings;
            onChange = validate "config";
          };
        }
        // lib.mapAttrs' themeFile cfg.themes;
      }

      # The service of a distribution's Ghostty is where systemd finds it.
      (mkIf (cfg.systemd.enable && cfg.package != null) (
        {
          xdg.configFile = {
            "systemd/user/${serviceName}".source = "${cfg.package}/share/systemd/user/${serviceName}";

            "systemd/user/${serviceName}.d/overrides.conf".text = ''
              [Unit]
              X-SwitchMethod=keep-old
              X-Reload-Triggers=${toString settingsSources}
            '';
          };
        }
        // lib.optionalAttrs (options ? dbus) { dbus.packages = [ cfg.package ]; }
      ))
    ]
  );
}
