{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "opkssh";
  title = "the client of OpenPubkey SSH";

  files.settings = {
    format = "yaml";
    home = ".opk/config.yml";
  };
}
