{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "inori";
  title = "inori, a client for MPD";

  files.settings = {
    format = "toml";
    xdg = "inori/config.toml";
  };
}
