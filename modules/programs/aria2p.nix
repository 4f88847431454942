{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "aria2p";
  title = "aria2p, a client for aria2";
  package = [
    "python3Packages"
    "aria2p"
  ];

  files.settings = {
    format = "toml";
    xdg = "aria2p/config.toml";
  };
}
