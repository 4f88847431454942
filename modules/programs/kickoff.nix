{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "kickoff";
  title = "kickoff, a launcher";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    xdg = "kickoff/config.toml";
  };
}
