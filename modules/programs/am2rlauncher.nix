{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "am2rlauncher";
  title = "AM2RLauncher";
  linuxOnly = true;

  files.config = {
    format = "text-or-path";
    xdg = "AM2RLauncher/config.xml";
  };
}
