{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "visidata";
  title = "VisiData, a tool for tables";

  files.visidatarc = {
    format = "lines";
    home = ".visidatarc";
  };
}
