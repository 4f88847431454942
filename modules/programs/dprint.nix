{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "dprint";
  title = "dprint, a formatter of code";

  files.settings = {
    format = "json";
    xdg = "dprint/dprint.json";
  };
}
