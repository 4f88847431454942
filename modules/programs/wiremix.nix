{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "wiremix";
  title = "wiremix, a mixer for PipeWire";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    xdg = "wiremix/wiremix.toml";
  };
}
