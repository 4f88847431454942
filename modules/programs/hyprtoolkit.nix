{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "hyprtoolkit";
  title = "the settings of Hyprland's own toolkit";
  linuxOnly = true;

  files.settings = {
    format = "hyprconf";
    xdg = "hypr/hyprtoolkit.conf";
    example.font_family = "Inter";
  };
}
