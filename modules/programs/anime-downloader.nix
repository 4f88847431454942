{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "anime-downloader";
  linuxOnly = true;

  files.settings = {
    format = "json";
    xdg = "anime-downloader/config.json";
    darwin = "Library/Application Support/anime downloader/config.json";
  };
}
