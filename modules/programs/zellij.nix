{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  yaml = pkgs.formats.yaml { };

  escapes = lib.versionAtLeast config.home.stateVersion "26.11";
  toKDL = lib.hm.generators.toKDL {
    escapeBackslashes = escapes;
    escapeTabs = escapes;
  };

  zellij = lib.hm.options.programPath cfg.finalPackage "zellij";

  # The shells start zellij only when a user wants that.
  integration =
    shell:
    lib.hm.shell."mk${shell}IntegrationOption" { inherit config; }
    // {
      default = false;
      example = true;
    };
  integrated = cfg.enableBashIntegration || cfg.enableZshIntegration || cfg.enableFishIntegration;

  plugins = map (plugin: {
    inherit plugin;
    name = lib.removePrefix "zellij-" plugin.pname;
  }) cfg.plugins;
  pluginDependencies = lib.concatMap (plugin: plugin.runtimeDeps or [ ]) cfg.plugins;

  # Zellij 0.32 changed its format from YAML to KDL.
  usesYaml = cfg.finalPackage != null && lib.versionOlder cfg.finalPackage.version "0.32.0";

  kdlFiles = option (types.attrsOf (lib.hm.files.contentsType yaml.type)) { };
  writeKdlFiles =
    kind:
    lib.hm.files.inDirectory "zellij/${kind}s" ".kdl" (
      name: value: {
        source =
          if lib.isPath value || lib.isStorePath value then
            value
          else
            pkgs.writeText "zellij-${kind}-${name}" (if lib.isString value then value else toKDL value);
      }
    );

  noIntegration = name: ''
    You have enabled `programs.zellij.${name}`, but none of the shell integrations are enabled.
    This option will have no effect.
  '';
in
{
  title = "Zellij, a terminal multiplexer";
  docs = "https://zellij.dev/documentation/";
  installed = cfg.finalPackage;

  options = {
    finalPackage = lib.mkOption {
      type = types.nullOr types.package;
      visible = false;
      readOnly = true;
      description = "The package with what the plugins need.";
    };

    plugins =
      option (types.listOf types.package) [ ] "Plugins to load. Their packages are WebAssembly files."
      // {
        example = lib.literalExpression "[ pkgs.zellijPlugins.zjstatus ]";
      };

    settings =
      option yaml.type { } ''
        Contents of {file}`$XDG_CONFIG_HOME/zellij/config.kdl`. In a node `_args` are its arguments,
        `_props` its properties and `_children` a list of its children. See
        <https://zellij.dev/documentation/options.html>.
      ''
      // {
        example = {
          theme = "custom";
          themes.custom.fg = "#ffffff";
          keybinds._props.clear-defaults = true;
        };
      };

    extraConfig = option types.lines "" "Further lines of {file}`config.kdl`." // {
      example = ''
        keybinds {
            locked {
                bind "Ctrl g" { SwitchToMode "normal"; }
            }
        }
      '';
    };

    layouts =
      kdlFiles ''
        Layouts, which are written to {file}`$XDG_CONFIG_HOME/zellij/layouts/NAME.kdl`. See
        <https://zellij.dev/documentation/layouts.html>.
      ''
      // {
        example.dev.layout._children = [ { pane.command = "nvim"; } ];
      };

    themes = kdlFiles ''
      Themes, which are written to {file}`$XDG_CONFIG_HOME/zellij/themes/NAME.kdl`. See
      <https://zellij.dev/documentation/themes.html>.
    '';

    attachExistingSession =
      option types.bool false "Whether a shell attaches to a session that exists, and does not start one.";

    exitShellOnExit = option types.bool false "Whether a shell ends when zellij does.";

    enableBashIntegration = integration "Bash";
    enableFishIntegration = integration "Fish";
    enableZshIntegration = integration "Zsh";
  };

  config = {
    warnings =
      lib.optional (cfg.attachExistingSession && !integrated) (noIntegration "attachExistingSession")
      ++ lib.optional (cfg.exitShellOnExit && !integrated) (noIntegration "exitShellOnExit");

    xdg.configFile = {
      "zellij/config.yaml" = lib.mkIf (usesYaml && cfg.settings != { }) {
        source = yaml.generate "zellij.yaml" cfg.settings;
      };
      "zellij/config.kdl" = lib.mkIf (!usesYaml && (cfg.settings != { } || cfg.extraConfig != "")) {
        text =
          toKDL cfg.settings
          + lib.optionalString (cfg.extraConfig != "") "// extraConfig\n${cfg.extraConfig}";
      };
    }
    // writeKdlFiles "layout" cfg.layouts
    // writeKdlFiles "theme" cfg.themes
    // lib.listToAttrs (
      map (entry: lib.nameValuePair "zellij/plugins/${entry.name}.wasm" { source = entry.plugin; }) plugins
    );

    programs = {
      zellij.finalPackage =
        if pluginDependencies != [ ] then
          cfg.package.override { extraPackages = pluginDependencies; }
        else
          cfg.package;

      zellij.settings = lib.mkIf (plugins != [ ]) {
        plugins = lib.listToAttrs (
          map (
            { name, ... }:
            lib.nameValuePair name {
              _props.location = "file:${config.xdg.configHome}/zellij/plugins/${name}.wasm";
            }
          ) plugins
        );
        load_plugins._children = map ({ name, ... }: { ${name} = [ ]; }) plugins;
      };

      bash.initExtra = lib.mkIf cfg.enableBashIntegration ''
        if [[ "$TERM" != "dumb" ]]; then
            eval "$(${zellij} setup --generate-auto-start bash)"
        fi
      '';
      zsh.initContent = lib.mkIf cfg.enableZshIntegration (
        lib.mkOrder 200 ''
          if [[ "$TERM" != "dumb" ]]; then
              eval "$(${zellij} setup --generate-auto-start zsh)"
          fi
        ''
      );
      fish.interactiveShellInit = lib.mkIf cfg.enableFishIntegration ''
        if test "$TERM" != "dumb"
          eval (${zellij} setup --generate-auto-start fish | string collect)
        end
      '';
    };

    home.sessionVariables = lib.mkIf integrated {
      ZELLIJ_AUTO_ATTACH = lib.boolToString cfg.attachExistingSession;
      ZELLIJ_AUTO_EXIT = lib.boolToString cfg.exitShellOnExit;
    };
  };
}
