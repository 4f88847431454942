{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "flake-edit";
  title = "flake-edit, which edits the inputs of flakes";

  files.settings = {
    format = "toml";
    xdg = "flake-edit/config.toml";
    darwin = "Library/Application Support/flake-edit/config.toml";
  };
}
