{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "kraftkit";
  title = "KraftKit, a tool for unikernels";
  package = "kraft";

  files.settings = {
    format = "yaml";
    xdg = "kraftkit/config.yaml";
  };
}
