{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "fuzzel";
  title = "fuzzel, a launcher for Wayland";
  linuxOnly = true;

  files.settings = {
    format = "ini";
    xdg = "fuzzel/fuzzel.ini";
    example.main = {
      layer = "overlay";
      terminal = "foot";
    };
  };
}
