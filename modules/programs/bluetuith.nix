{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "bluetuith";
  title = "Bluetuith, a manager of Bluetooth devices";
  linuxOnly = true;

  files.settings = {
    format = "json";
    xdg = "bluetuith/bluetuith.conf";
  };
}
