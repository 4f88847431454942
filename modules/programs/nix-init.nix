{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "nix-init";
  title = "nix-init, which writes packages";

  files.settings = {
    format = "toml";
    xdg = "nix-init/config.toml";
  };
}
