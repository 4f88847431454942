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
    type = lib.types.either lib.types.str lib.types.path;
    home = ".config/anup/config.ron";
  };
}
