{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "vinegar";
  title = "Vinegar";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    type = lib.types.attrsOf (pkgs.formats.toml { }).type;
    xdg = "vinegar/config.toml";
  };
}
