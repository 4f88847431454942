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
  title = "Rio, a terminal emulator";
  docs = "https://rioterm.com/docs/config";

  files.settings = {
    format = "toml";
    storeName = "rio.toml";
    xdg = "rio/config.toml";
    example.cursor.shape = "beam";
  };

  options.themes = option (types.attrsOf (types.either toml.type types.path)) { } "Themes by name: contents or files. See <https://rioterm.com/docs/config/theme>." // {
    example.foobar.colors.background = "#282a36";
  };

  config.xdg.configFile = lib.hm.files.inDirectory "rio/themes" ".toml" (name: theme: {
    source = lib.hm.files.fileOf pkgs toml.generate "rio-theme-${name}.toml" theme;
  }) cfg.themes;
}
