{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "airlift";

  files.settings = {
    format = "yaml";
    home = ".config/airlift/config.yaml";
  };
}
