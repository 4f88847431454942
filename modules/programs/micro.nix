{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "micro";
  title = "micro, a text editor in the terminal";

  files.settings = {
    format = "json";
    xdg = "micro/settings.json";
    always = true;
    example.colorscheme = "simple";
  };
}
