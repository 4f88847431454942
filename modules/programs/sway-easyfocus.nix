{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "sway-easyfocus";

  files.settings = {
    format = "yaml";
    xdg = "sway-easyfocus/config.yaml";
  };
}
