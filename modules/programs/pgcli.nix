{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "pgcli";
  title = "pgcli, a client for PostgreSQL";

  files.settings = {
    format = "ini";
    xdg = "pgcli/config";
    example.main.keyword_casing = "upper";
  };
}
