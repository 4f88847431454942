{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };
in
{
  title = "Halloy, an IRC client";
  docs = "https://halloy.chat/configuration/";

  files.settings = {
    format = "toml";
    storeName = "halloy-config";
    xdg = "halloy/config.toml";
    example."servers.liberachat".nickname = "alice";
  };

  options.themes =
    option (types.attrsOf (
      types.oneOf [
        toml.type
        types.lines
        types.path
      ]
    )) { } "Themes by name: contents or files. See <https://halloy.chat/configuration/themes/>."
    // {
      example.my-theme.general.background = "#282a36";
    };

  config.xdg.configFile = lib.hm.files.inDirectory "halloy/themes" ".toml" (name: theme: {
    source = lib.hm.files.fileOf pkgs toml.generate "halloy-theme-${name}" theme;
  }) cfg.themes;
}
