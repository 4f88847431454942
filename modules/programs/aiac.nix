{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "aiac";
  title = "aiac, which has infrastructure code written";

  files.settings = {
    format = "toml";
    xdg = "aiac/aiac.toml";
  };
}
