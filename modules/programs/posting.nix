{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  yaml = pkgs.formats.yaml { };
in
{
  title = "Posting, an HTTP client for the terminal";
  docs = "https://posting.sh/guide/configuration/";

  files.settings = {
    format = "yaml";
    storeName = "posting-config.yaml";
    xdg = "posting/config.yaml";
    example.layout = "horizontal";
  };

  options.themes = option (types.attrsOf (lib.hm.files.contentsType yaml.type)) { } "Themes by name: contents or files. See <https://posting.sh/guide/themes/>." // {
    example.custom.primary = "#4e78c4";
  };

  config.xdg.dataFile = lib.hm.files.inDirectory "posting/themes" ".yaml" (name: theme: {
    source = lib.hm.files.fileOf pkgs yaml.generate "posting-theme-${name}.yaml" theme;
  }) cfg.themes;
}
