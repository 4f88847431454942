{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "andcli";
  title = "andcli, one-time passwords in the terminal";

  files.settings = {
    format = "yaml";
    xdg = "andcli/config.yaml";
    darwin = "Library/Application Support/andcli/config.yaml";
  };
}
