{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "earthly";
  title = "earthly, a tool for builds";

  files.settings = {
    format = "yaml";
    home = ".earthly/config.yml";
  };
}
