{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "lazysql";
  title = "lazysql, databases in the terminal";

  files.settings = {
    format = "toml";
    xdg = "lazysql/config.toml";
  };
}
