{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "hyfetch";

  files.settings = {
    format = "json";
    xdg = "hyfetch.json";
    example.preset = "rainbow";
  };
}
