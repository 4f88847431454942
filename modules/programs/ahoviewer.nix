{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "ahoviewer, which shows pictures and image boards";
  docs = "https://github.com/ahodesuka/ahoviewer";
  linuxOnly = true;
  installed = null;

  options = {
    config = option (types.either types.str types.path) "" "Contents of {file}`$XDG_CONFIG_HOME/ahoviewer/ahoviewer.cfg`, or a file." // {
      example = ''
        ZoomMode = "M";
      '';
    };
    plugins = option (types.listOf types.package) [ ] "Packages of plugins.";
  };

  config.xdg = {
    configFile."ahoviewer/ahoviewer.cfg" = lib.mkIf (cfg.config != "") {
      source = if lib.isPath cfg.config then cfg.config else pkgs.writeText "ahoviewer.cfg" cfg.config;
    };
    dataFile = lib.listToAttrs (
      map (plugin: lib.nameValuePair "ahoviewer/plugins/${plugin.pname}" { source = plugin; }) cfg.plugins
    );
  };
}
