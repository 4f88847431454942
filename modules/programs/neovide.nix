{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "neovide";
  title = "Neovide, a window for Neovim";

  files.settings = {
    format = "toml";
    xdg = "neovide/config.toml";
    example.fork = true;
  };
}
