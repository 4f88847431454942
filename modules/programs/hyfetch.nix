{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "hyfetch";
  nullable = false;

  files.settings = {
    format = "json";
    xdg = "hyfetch.json";
    example.preset = "rainbow";
  };
}
