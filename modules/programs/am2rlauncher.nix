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
    type = lib.types.either lib.types.str lib.types.path;
    xdg = "AM2RLauncher/config.xml";
  };
}
