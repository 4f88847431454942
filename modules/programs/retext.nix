{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "retext";
  title = "ReText, an editor of markup";

  files.settings = {
    format = "ini";
    xdg = "ReText Project/ReText.conf";
  };
}
