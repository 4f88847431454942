{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "amoco";
  title = "amoco, a tool for the analysis of binaries";

  files.config = {
    format = "text-or-path";
    type = lib.types.either lib.types.str lib.types.path;
    home = ".config/amoco/config";
  };
}
