{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "wallust";
  title = "Wallust, which makes colour schemes";

  files.settings = {
    format = "toml";
    xdg = "wallust/wallust.toml";
    darwin = "Library/Application Support/wallust/wallust.toml";
  };
}
