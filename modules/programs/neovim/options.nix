{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (lib.hm.options) packageOption;

  jsonFormat = pkgs.formats.json { };

  defaultLanguage = import ./plugin-language.nix { inherit config lib; };

  flag = description: mkOption {
    type = types.bool;
    default = false;
    inherit description;
  };

  linesOption = description: mkOption {
    type = types.lines;
    default = "";
    inherit description;
  };

  # On in configurations that began when it was.
  formerlyOn =
    name: description:
    mkOption {
      type = types.bool;
      inherit
        (lib.hm.deprecations.mkStateVersionOptionDefault {
          inherit (config.home) stateVersion;
          since = "26.05";
          optionPath = [
            "programs"
            "neovim"
            name
          ];
          legacy.value = true;
          current.value = false;
        })
        default
        defaultText
        ;
      inherit description;
    };

  librariesOption = language: mkOption {
    type = types.functionTo (types.listOf types.package);
    default = _packages: [ ];
    defaultText = lib.literalExpression "_packages: [ ]";
    description = "Function from the packages of ${language} to those that plugins need.";
  };

  packagesOption = description: mkOption {
    type = types.listOf types.package;
    default = [ ];
    inherit description;
  };

  pluginType = types.submodule {
    options = {
      plugin = packageOption (pkgs.vimPlugins or { }) "plugin" {
        default = null;
        pkgsText = "pkgs.vimPlugins";
        example = [ "nvim-treesitter" ];
      };

      type = mkOption {
        type = types.either (types.enum [
          "lua"
          "viml"
          "teal"
          "fennel"
        ]) types.str;
        default = defaultLanguage.effectiveDefault;
        inherit (defaultLanguage) defaultText;
        description = "Language of `config`.";
      };

      config = mkOption {
        type = types.nullOr types.lines;
        default = null;
        description = "Lines that configure the plugin.";
      };

      optional = flag "Whether the plugin waits for {command}`:packadd`.";

      runtime = mkOption {
        type = types.attrsOf (types.attrsOf types.anything);
        default = { };
        example."ftplugin/c.vim".text = "setlocal shiftwidth=8";
        description = "Files of {file}`$XDG_CONFIG_HOME/nvim`, with the options of `xdg.configFile`.";
      };
    };
  };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "programs" "neovim" "extraLuaConfig" ]
      [ "programs" "neovim" "initLua" ]
    )
  ];

  options.programs.neovim = {
    enable = lib.mkEnableOption "management of Neovim";

    package = packageOption pkgs "neovim" {
      nullable = true;
      default = "neovim-unwrapped";
    };

    finalPackage = mkOption {
      type = types.nullOr types.package;
      readOnly = true;
      description = "Neovim with its configuration; null if it comes with the distribution.";
    };

    viAlias = flag "Whether {command}`vi` is Neovim.";
    vimAlias = flag "Whether {command}`vim` is Neovim.";
    vimdiffAlias = flag "Whether {command}`vimdiff` is {command}`nvim -d`.";
    defaultEditor = flag "Whether `EDITOR` and `VISUAL` are {command}`nvim`.";

    withNodeJs = flag "Whether plugins can be in JavaScript.";
    withPerl = flag "Whether plugins can be in Perl.";
    withPython3 = formerlyOn "withPython3" "Whether plugins can be in Python.";
    withRuby = formerlyOn "withRuby" "Whether plugins can be in Ruby.";

    extraPython3Packages = librariesOption "Python";
    extraLuaPackages = librariesOption "Lua";

    extraName = mkOption {
      type = types.str;
      default = "";
      description = "Text added to the name of the package.";
    };

    autowrapRuntimeDeps = flag "Whether Neovim can run the programs that plugins need." // {
      default = true;
    };

    waylandSupport = flag "Whether the clipboard works on Wayland." // {
      default = pkgs.stdenv.hostPlatform.isLinux;
      defaultText = lib.literalExpression "pkgs.stdenv.hostPlatform.isLinux";
    };

    extraWrapperArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "--set"
        "NAME"
        "value"
      ];
      description = "Arguments of the {command}`makeWrapper` call that makes the wrapper.";
    };

    extraPackages = packagesOption "Packages whose programs Neovim can run.";

    extraConfig = linesOption "Lines of Vim script.";

    initLua = linesOption "Lines for {file}`init.lua`; their place is set with `lib.mkOrder`.";

    sideloadInitLua = flag ''
      Whether the wrapper loads the contents of `initLua`, which leaves
      {file}`$XDG_CONFIG_HOME/nvim/init.lua` free.
    '';

    plugins = mkOption {
      type = types.listOf (types.either types.package pluginType);
      default = [ ];
      example = lib.literalExpression "[ pkgs.vimPlugins.vim-nix ]";
      description = "Plugins, on their own or with their configuration.";
    };

    coc = {
      enable = lib.mkEnableOption "the plugin coc.nvim";

      package = packageOption pkgs "coc-nvim" {
        nullable = false;
        default = [
          "vimPlugins"
          "coc-nvim"
        ];
      };

      settings = mkOption {
        inherit (jsonFormat) type;
        default = { };
        example."suggest.noselect" = true;
        description = "Contents of {file}`$XDG_CONFIG_HOME/nvim/coc-settings.json`.";
      };

      pluginConfig = linesOption "Lines of Vim script that configure it.";
    };

    generatedConfigViml = mkOption {
      type = types.lines;
      readOnly = true;
      description = "The Vim script of the configuration.";
    };

    generatedConfigs = mkOption {
      type = types.attrsOf types.lines;
      readOnly = true;
      description = "The configurations of all plugins by language.";
    };
  };
}
