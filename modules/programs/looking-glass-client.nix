{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "looking-glass-client";
  title = "the client of Looking Glass";
  linuxOnly = true;

  files.settings = {
    format = "ini";
    xdg = "looking-glass/client.ini";
    example.input.rawMouse = true;
  };
}
