{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "tray-tui";
  title = "tray-tui, a system tray in the terminal";

  files.settings = {
    format = "toml";
    xdg = "tray-tui/config.toml";
  };
}
