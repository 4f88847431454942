{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib)
    mkIf
    mkOption
    mkOrder
    types
    ;
  inherit (pkgs.stdenv.hostPlatform) isDarwin;

  cfg = config.programs.kitty;
  integration = cfg.shellIntegration;

  settingsType =
    with types;
    attrsOf (oneOf [
      str
      bool
      int
      float
    ]);

  strings = description: example: mkOption {
    type = types.attrsOf types.str;
    default = { };
    inherit description example;
  };

  linesOption = file: mkOption {
    type = types.lines;
    default = "";
    description = "Further lines for {file}`${file}`.";
  };

  settingLines =
    lib.generators.toKeyValue {
      mkKeyValue =
        name: value: "${name} ${if lib.isBool value then lib.hm.booleans.yesNo value else toString value}";
    };

  # One line for each attribute, of the form that the function gives.
  lines = line: attrs: lib.concatStrings (lib.mapAttrsToList (name: value: line name value + "\n") attrs);
  keyLines = lines (key: action: "map ${key} ${action}");

  header = page: "# See https://sw.kovidgoyal.net/kitty/${page}";

  themePath =
    name:
    "${lib.hm.options.installPrefix (pkgs.kitty-themes or null)}/share/kitty-themes/themes/${name}.conf";

  autoThemes = lib.optionalAttrs (cfg.autoThemeFiles != null) {
    light = cfg.autoThemeFiles.light;
    dark = cfg.autoThemeFiles.dark;
    no-preference = cfg.autoThemeFiles.noPreference;
  };

  checkTheme = name: ''
    if [[ ! -f "${themePath name}" ]]; then
      errorEcho "kitty-themes does not contain the theme file ${themePath name}!"
      exit 1
    fi
  '';

  # Until 2024 a theme was given by the name it shows, which is in a list of the package.
  themeFileOfName =
    name:
    let
      known = lib.importJSON "${pkgs.kitty-themes}/share/kitty-themes/themes.json";
      matching = lib.filter (theme: theme.name == name) known;
    in
    lib.throwIf (
      matching == [ ]
    ) "kitty-themes does not contain a theme named ${name}" (
      lib.removeSuffix ".conf" (lib.removePrefix "themes/" (lib.head matching).file)
    );

  # On unless kitty itself is told not to.
  integrationOption =
    make:
    make { inherit config; }
    // {
      default = integration.mode != null && !lib.elem "disabled" (lib.splitString " " integration.mode);
      defaultText = lib.literalMD "unless `programs.kitty.shellIntegration.mode` is null or `disabled`";
    };

  pkill = if isDarwin then "/usr/bin/pkill" else "${lib.hm.options.installPrefix (pkgs.procps or null)}/bin/pkill";

  kittenDiff.cmd = "kitten diff $LOCAL $REMOTE";
in
{
  imports = [
    (lib.mkChangedOptionModule [ "programs" "kitty" "theme" ] [ "programs" "kitty" "themeFile" ] (
      config: lib.mapNullable themeFileOfName config.programs.kitty.theme
    ))
  ];

  options.programs.kitty = {
    enable = lib.mkEnableOption "the terminal kitty";

    package = lib.hm.options.packageOption pkgs "kitty" { nullable = true; };

    darwinLaunchOptions = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ "--single-instance" ];
      description = "Command line options when the graphical interface of macOS starts it.";
    };

    settings = mkOption {
      type = settingsType;
      default = { };
      example.scrollback_lines = 10000;
      description = "Settings of {file}`$XDG_CONFIG_HOME/kitty/kitty.conf`.";
    };

    themeFile = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "SpaceGray_Eighties";
      description = "Name of a theme's file, without its suffix, in the package kitty-themes.";
    };

    autoThemeFiles = mkOption {
      type = types.nullOr (
        types.submodule {
          options =
            lib.genAttrs
              [
                "light"
                "dark"
                "noPreference"
              ]
              (
                scheme:
                mkOption {
                  type = types.str;
                  description = "Theme for the colour scheme ${scheme}.";
                }
              );
        }
      );
      default = null;
      example = {
        light = "GitHub";
        dark = "TokyoNight";
        noPreference = "OneDark";
      };
      description = "Themes by the colour scheme of the desktop; they win over `themeFile`.";
    };

    font = mkOption {
      type = types.nullOr lib.hm.types.fontType;
      default = null;
      description = "The font.";
    };

    actionAliases = strings "Actions by the name of their alias." {
      launch_tab = "launch --cwd=current --type=tab";
    };
    keybindings = strings "Actions by key." { "ctrl+c" = "copy_or_interrupt"; };
    mouseBindings = strings "Actions by mouse button and event." { "left click" = "ungrabbed no-op"; };
    environment = strings "Variables for the programs in the terminal." { LS_COLORS = "1"; };

    shellIntegration = {
      mode = mkOption {
        type = types.nullOr types.str;
        default = "no-rc";
        example = "no-cursor";
        apply = lib.mapNullable (
          mode:
          lib.concatStringsSep " " (
            [ "no-rc" ] ++ lib.filter (word: word != "no-rc") (lib.splitString " " mode)
          )
        );
        description = "Value of kitty's `shell_integration`, to which `no-rc` is added.";
      };

      enableBashIntegration = integrationOption lib.hm.shell.mkBashIntegrationOption;
      enableFishIntegration = integrationOption lib.hm.shell.mkFishIntegrationOption;
      enableZshIntegration = integrationOption lib.hm.shell.mkZshIntegrationOption;
    };

    enableGitIntegration = lib.mkEnableOption "kitty as the difference tool of git";

    extraConfig = linesOption "kitty.conf";

    quickAccessTerminalConfig = mkOption {
      type = settingsType;
      default = { };
      example.background_opacity = 0.85;
      description = "Settings of {file}`$XDG_CONFIG_HOME/kitty/quick-access-terminal.conf`.";
    };

    diffConfig = {
      settings = mkOption {
        type = settingsType;
        default = { };
        example.diff_cmd = "auto";
        description = "Settings of {file}`$XDG_CONFIG_HOME/kitty/diff.conf`.";
      };

      keybindings = strings "Actions by key, in the difference tool." { q = "quit"; };

      extraConfig = linesOption "diff.conf";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion =
          integration.mode != null
          || !(
            integration.enableBashIntegration
            || integration.enableFishIntegration
            || integration.enableZshIntegration
          );
        message = "Cannot enable shell integration when `programs.kitty.shellIntegration.mode` is `null`";
      }
    ];

    home.packages =
      lib.optional (cfg.package != null) cfg.package
      ++ lib.optional (cfg.font != null && cfg.font.package != null) cfg.font.package;

    programs.kitty = {
      extraConfig = lib.mkMerge [
        (mkIf (cfg.font != null) (
          mkOrder 510 ''
            font_family ${cfg.font.name}
            ${lib.optionalString (cfg.font.size != null) "font_size ${toString cfg.font.size}"}
          ''
        ))
        (mkIf (cfg.themeFile != null) (
          mkOrder 520 ''
            include ${themePath cfg.themeFile}
          ''
        ))
        (mkIf (integration.mode != null) (
          mkOrder 530 ''
            # Shell integration is sourced and configured manually
            shell_integration ${integration.mode}
          ''
        ))
        (mkIf (cfg.settings != { }) (mkOrder 540 (settingLines cfg.settings)))
        (mkIf (cfg.actionAliases != { }) (
          mkOrder 550 (lines (name: action: "action_alias ${name} ${action}") cfg.actionAliases)
        ))
        (mkIf (cfg.keybindings != { }) (mkOrder 560 (keyLines cfg.keybindings)))
        (mkIf (cfg.mouseBindings != { }) (
          mkOrder 570 (lines (event: action: "mouse_map ${event} ${action}") cfg.mouseBindings)
        ))
        (mkIf (cfg.environment != { }) (
          mkOrder 580 (lines (name: value: "env ${name}=${value}") cfg.environment)
        ))
      ];

      diffConfig.extraConfig = lib.mkMerge [
        (mkIf (cfg.diffConfig.settings != { }) (mkOrder 510 (settingLines cfg.diffConfig.settings)))
        (mkIf (cfg.diffConfig.keybindings != { }) (mkOrder 520 (keyLines cfg.diffConfig.keybindings)))
      ];
    };

    xdg.configFile = {
      "kitty/kitty.conf" = {
        text = ''
          # Generated by Home Manager.
          ${header "conf.html"}
          ${cfg.extraConfig}
        '';
        # Makes running ones read it again.
        onChange = ''
          ${pkill} -USR1 -u $USER kitty || true
        '';
      };

      "kitty/quick-access-terminal.conf" = mkIf (cfg.quickAccessTerminalConfig != { }) {
        text = ''
          # Generated by Home Manager.
          ${header "kittens/quick-access-terminal/"}
          ${settingLines cfg.quickAccessTerminalConfig}
        '';
      };

      "kitty/diff.conf" = mkIf (cfg.diffConfig.extraConfig != "") {
        text = ''
          # Generated by Home Manager
          ${header "kittens/diff/"}
          ${cfg.diffConfig.extraConfig}
        '';
      };

      "kitty/macos-launch-services-cmdline" = mkIf (cfg.darwinLaunchOptions != null && isDarwin) {
        text = toString cfg.darwinLaunchOptions;
      };
    }
    // lib.mapAttrs' (scheme: theme: {
      name = "kitty/${scheme}-theme.auto.conf";
      value.text = "include ${themePath theme}\n";
    }) autoThemes;

    home.activation.checkKittyTheme = mkIf (cfg.themeFile != null || cfg.autoThemeFiles != null) (
      lib.hm.dag.entryBefore [ "writeBoundary" ] ''
        ${lib.optionalString (cfg.themeFile != null) (checkTheme cfg.themeFile)}
        ${lib.optionalString (cfg.autoThemeFiles != null) (
          lib.concatMapStrings (theme: checkTheme theme + "\n") [
            cfg.autoThemeFiles.light
            cfg.autoThemeFiles.dark
            cfg.autoThemeFiles.noPreference
          ]
        )}
      ''
    );

    programs.bash.initExtra = mkIf integration.enableBashIntegration ''
      if test -n "$KITTY_INSTALLATION_DIR"; then
        export KITTY_SHELL_INTEGRATION="${toString integration.mode}"
        source "$KITTY_INSTALLATION_DIR/shell-integration/bash/kitty.bash"
      fi
    '';

    programs.fish.interactiveShellInit = mkIf integration.enableFishIntegration ''
      if set -q KITTY_INSTALLATION_DIR
        set --global KITTY_SHELL_INTEGRATION "${toString integration.mode}"
        source "$KITTY_INSTALLATION_DIR/shell-integration/fish/vendor_conf.d/kitty-shell-integration.fish"
        set --prepend fish_complete_path "$KITTY_INSTALLATION_DIR/shell-integration/fish/vendor_completions.d"
      end
    '';

    programs.zsh.initContent = mkIf integration.enableZshIntegration ''
      if test -n "$KITTY_INSTALLATION_DIR"; then
        export KITTY_SHELL_INTEGRATION="${toString integration.mode}"
        autoload -Uz -- "$KITTY_INSTALLATION_DIR"/shell-integration/zsh/kitty-integration
        kitty-integration
        unfunction kitty-integration
      fi
    '';

    programs.git.iniContent = mkIf cfg.enableGitIntegration {
      diff = {
        tool = lib.mkDefault "kitty";
        guitool = lib.mkDefault "kitty.gui";
      };
      difftool = {
        prompt = lib.mkDefault false;
        trustExitCode = lib.mkDefault true;
        kitty = kittenDiff;
        "kitty.gui" = kittenDiff;
      };
    };
  };
}
