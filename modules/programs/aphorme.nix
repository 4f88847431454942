{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "aphorme";
  title = "aphorme, a launcher";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    home = ".config/aphorme/config.toml";
  };
}
