{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "ttyper";
  title = "ttyper, a typing test in the terminal";

  files.settings = {
    format = "toml";
    xdg = "ttyper/config.toml";
  };
}
