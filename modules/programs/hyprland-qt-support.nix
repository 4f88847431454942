{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "hyprland-qt-support";
  title = "the style of Qt applications under Hyprland";
  linuxOnly = true;

  files.settings = {
    format = "hyprconf";
    xdg = "hypr/application-style.conf";
    example.roundness = 1;
  };
}
