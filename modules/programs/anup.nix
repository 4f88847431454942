{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "anup";

  files.config = {
    format = "text-or-path";
    home = ".config/anup/config.ron";
  };
}
