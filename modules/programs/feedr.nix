{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "feedr";
  title = "Feedr, a reader of feeds in the terminal";

  files.settings = {
    format = "toml";
    xdg = "feedr/config.toml";
  };
}
