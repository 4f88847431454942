{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "satty";
  title = "Satty, which annotates screenshots";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    xdg = "satty/config.toml";
  };
}
