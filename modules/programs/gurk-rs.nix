{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "gurk-rs";
  title = "gurk, a client for Signal";

  files.settings = {
    format = "toml";
    xdg = "gurk/gurk.toml";
    darwin = "Library/Application Support/gurk/gurk.toml";
  };
}
