# Plugins that zplug installs.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  cfg = config.programs.zsh.zplug;

  pluginType = types.submodule {
    options = {
      name = lib.mkOption {
        type = types.str;
        description = "Name of the plugin.";
      };
      tags = option (types.listOf types.str) [ ] "Tags of the plugin.";
    };
  };

  pluginLine =
    plugin:
    ''zplug "${plugin.name}"''
    + lib.optionalString (plugin.tags != [ ]) "${lib.concatMapStrings (tag: ", ${tag}") plugin.tags}\n"
    + "\n";
in
{
  options.programs.zsh.zplug = {
    enable = lib.mkEnableOption "zplug, which installs plugins of zsh";

    package = lib.hm.options.packageOption pkgs "zplug" { };

    plugins = option (types.listOf pluginType) [ ] "Plugins. See <https://github.com/zplug/zplug>.";

    zplugHome = lib.mkOption {
      type = types.path;
      default = "${config.home.homeDirectory}/.zplug";
      defaultText = "~/.zplug";
      apply = toString;
      description = "Directory of what zplug installs.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    programs.zsh.initContent = lib.mkOrder 550 ''
      export ZPLUG_HOME=${cfg.zplugHome}

      source ${lib.hm.options.installPrefix cfg.package}/share/zplug/init.zsh

      ${lib.optionalString (cfg.plugins != [ ]) "${lib.concatMapStrings pluginLine cfg.plugins}\n"}

      if ! zplug check; then
        zplug install
      fi

      zplug load
    '';
  };
}
