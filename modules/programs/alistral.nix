{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "alistral";
  title = "alistral, tools for ListenBrainz";

  files.settings = {
    format = "json";
    home = ".config/alistral/config.json";
    darwin = "Library/Application Support/alistral/config.json";
  };
}
