{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "ty";
  title = "ty, which checks the types of Python code";

  files.settings = {
    format = "toml";
    xdg = "ty/ty.toml";
  };
}
