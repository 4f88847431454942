{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "formiko";
  title = "formiko, an editor and viewer of markup";

  files.settings = {
    format = "ini";
    xdg = "formiko.ini";
  };
}
