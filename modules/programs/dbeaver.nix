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
  json = pkgs.formats.json { };

  workspace =
    if pkgs.stdenv.hostPlatform.isDarwin then
      "Library/DBeaverData/workspace6"
    else
      "${lib.removePrefix config.home.homeDirectory config.xdg.dataHome}/DBeaverData/workspace6";
in
{
  title = "DBeaver, a client of databases";
  docs = "https://dbeaver.com/docs/dbeaver/Preferences/";
  package = "dbeaver-bin";

  options = {
    settings = option (types.attrsOf (types.attrsOf types.str)) { } "Preferences, by the name of their file." // {
      example."org.jkiss.dbeaver.core"."ui.showSystemObjects" = "false";
    };

    dataSourcesSettings = option json.type { } "Contents of {file}`data-sources.json`: connections and their folders." // {
      example.connections.local = {
        provider = "postgresql";
        driver = "postgres-jdbc";
      };
    };
  };

  config.home.file = {
    "${workspace}/General/.dbeaver/data-sources.json" = lib.mkIf (cfg.dataSourcesSettings != { }) {
      source = json.generate "dbeaver-data-sources" cfg.dataSourcesSettings;
    };
  }
  // lib.hm.files.inDirectory
    "${workspace}/.metadata/.plugins/org.eclipse.core.runtime/.settings"
    ".prefs"
    (_name: preferences: {
      text = lib.generators.toKeyValue { } ({ "eclipse.preferences.version" = "1"; } // preferences);
    })
    cfg.settings;
}
