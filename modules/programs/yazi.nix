{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.generators) toLua;

  cfg = config.programs.yazi;

  tomlFormat = pkgs.formats.toml { };

  pathOrPackage = types.either types.path types.package;

  pluginType = types.submodule {
    options = {
      package = mkOption {
        type = pathOrPackage;
        description = "The plugin's files.";
      };

      setup = mkOption {
        type = types.bool;
        default = false;
        description = "Whether {file}`init.lua` calls the plugin's function `setup`.";
      };

      settings = mkOption {
        type = types.attrs;
        default = { };
        description = "Argument of that call.";
      };
    };
  };

  tomlOption = file: mkOption {
    inherit (tomlFormat) type;
    default = { };
    description = "Contents of {file}`$XDG_CONFIG_HOME/yazi/${file}.toml`.";
  };

  tomlFile = name: value: mkIf (value != { }) { source = tomlFormat.generate "yazi-${name}" value; };

  links =
    kind: sourceOf:
    lib.mapAttrs' (name: value: lib.nameValuePair "yazi/${kind}/${name}.yazi" { source = sourceOf value; });

  setUp = lib.filterAttrs (_name: plugin: plugin.setup) cfg.plugins;

  setupLine =
    name: plugin:
    "require(${toLua { } name}):setup(${
      lib.optionalString (plugin.settings != { }) (toLua { } plugin.settings)
    })";

  ownLua = if lib.isPath cfg.initLua then builtins.readFile cfg.initLua else cfg.initLua;

  initLua =
    if setUp != { } then
      {
        text =
          lib.concatStringsSep "\n" (lib.mapAttrsToList setupLine setUp)
          + lib.optionalString (cfg.initLua != null) "\n${ownLua}";
      }
    else if lib.isPath cfg.initLua then
      { source = cfg.initLua; }
    else
      { text = cfg.initLua; };

  suffixWarnings =
    kind: option: attrs:
    map (name: ''
      ${kind}s like `programs.yazi.${option}."${name}"` should no longer have the suffix ".yazi" in their attribute name.
      The ${lib.toLower kind} will be linked to `$XDG_CONFIG_HOME/yazi/${option}/${name}.yazi`.
      You probably want to rename it to `programs.yazi.${option}."${lib.removeSuffix ".yazi" name}"`.
    '') (lib.filter (lib.hasSuffix ".yazi") (lib.attrNames attrs));

  wrapperName = lib.hm.deprecations.mkStateVersionOptionDefault {
    inherit (config.home) stateVersion;
    since = "26.05";
    optionPath = [
      "programs"
      "yazi"
      "shellWrapperName"
    ];
    legacy.value = "yy";
    current.value = "y";
  };

  posixFunction = ''
    function ${cfg.shellWrapperName}() {
      local tmp="$(mktemp -t "yazi-cwd.XXXXX")"
      command yazi "$@" --cwd-file="$tmp"
      if cwd="$(<"$tmp")" && [ -n "$cwd" ] && [ "$cwd" != "$PWD" ]; then
        builtin cd -- "$cwd"
      fi
      rm -f -- "$tmp"
    }
  '';
in
{
  options.programs.yazi = {
    enable = lib.mkEnableOption "the file manager yazi";

    package = lib.hm.options.packageOption pkgs "yazi" { nullable = true; };

    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.ouch ]";
      description = "Packages whose programs yazi can run.";
    };

    finalPackage = mkOption {
      type = types.nullOr types.package;
      readOnly = true;
      visible = false;
      default =
        if cfg.extraPackages != [ ] && cfg.package ? override then
          cfg.package.override (previous: {
            extraPackages = previous.extraPackages or [ ] ++ cfg.extraPackages;
          })
        else
          cfg.package;
      description = "yazi with the further packages.";
    };

    shellWrapperName = mkOption {
      type = types.str;
      inherit (wrapperName) default defaultText;
      description = "Name of a function that runs yazi, and goes where it was left.";
    };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };

    settings = tomlOption "yazi";
    keymap = tomlOption "keymap";
    theme = tomlOption "theme";
    vfs = tomlOption "vfs";

    initLua = mkOption {
      type = types.nullOr (types.either types.path types.lines);
      default = null;
      description = "Contents of {file}`$XDG_CONFIG_HOME/yazi/init.lua`, or a file with them.";
    };

    plugins = mkOption {
      type = types.attrsOf (types.coercedTo pathOrPackage (package: { inherit package; }) pluginType);
      default = { };
      example = lib.literalExpression "{ git = pkgs.yaziPlugins.git; }";
      description = "Plugins by name.";
    };

    flavors = mkOption {
      type = types.attrsOf pathOrPackage;
      default = { };
      example = lib.literalExpression "{ mine = ./mine.yazi; }";
      description = "Themes by name.";
    };
  };

  config = mkIf cfg.enable {
    warnings =
      suffixWarnings "Flavor" "flavors" cfg.flavors ++ suffixWarnings "Plugin" "plugins" cfg.plugins;

    home.packages = lib.optional (cfg.package != null) cfg.finalPackage;

    programs = {
      bash.initExtra = mkIf cfg.enableBashIntegration posixFunction;
      zsh.initContent = mkIf cfg.enableZshIntegration posixFunction;

      fish.functions.${cfg.shellWrapperName} = mkIf cfg.enableFishIntegration ''
        set -l tmp (mktemp -t "yazi-cwd.XXXXX")
        command yazi $argv --cwd-file="$tmp"
        if read cwd < "$tmp"; and [ -n "$cwd" ]; and [ "$cwd" != "$PWD" ]
          builtin cd -- "$cwd"
        end
        rm -f -- "$tmp"
      '';

      nushell.extraConfig = mkIf cfg.enableNushellIntegration ''
        def --env ${cfg.shellWrapperName} [...args] {
          let tmp = (mktemp -t "yazi-cwd.XXXXX")
          ^yazi ...$args --cwd-file $tmp
          let cwd = (open $tmp)
          if $cwd != "" and $cwd != $env.PWD {
            cd $cwd
          }
          rm -fp $tmp
        }
      '';
    };

    xdg.configFile = {
      "yazi/yazi.toml" = tomlFile "settings" cfg.settings;
      "yazi/keymap.toml" = tomlFile "keymap" cfg.keymap;
      "yazi/theme.toml" = tomlFile "theme" cfg.theme;
      "yazi/vfs.toml" = tomlFile "vfs" cfg.vfs;
      "yazi/init.lua" = mkIf (setUp != { } || cfg.initLua != null) initLua;
    }
    // links "flavors" lib.id cfg.flavors
    // links "plugins" (plugin: plugin.package) cfg.plugins;
  };
}
