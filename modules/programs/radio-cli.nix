{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "radio-cli";
  title = "radio-cli, a player of radio stations";

  files.settings = {
    format = "json";
    xdg = "radio-cli/config.json";
  };
}
