{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "amp";
  title = "amp, a text editor";

  files.settings = {
    format = "yaml";
    xdg = "amp/config.yml";
    darwin = "Library/Application Support/amp/config.yml";
    example.theme = "solarized_dark";
  };
}
