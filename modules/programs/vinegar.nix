{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "vinegar";
  title = "Vinegar";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    xdg = "vinegar/config.toml";
  };
}
