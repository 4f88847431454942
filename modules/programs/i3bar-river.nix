{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "i3bar-river";
  title = "i3bar-river, a bar for river";

  files.settings = {
    format = "toml";
    xdg = "i3bar-river/config.toml";
  };
}
