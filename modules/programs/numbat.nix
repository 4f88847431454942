{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "numbat";
  title = "Numbat, a calculator with units";

  files.settings = {
    format = "toml";
    xdg = "numbat/config.toml";
    darwin = "Library/Application Support/numbat/config.toml";
  };

  files.initFile = {
    format = "text-or-path";
    type = lib.types.nullOr (lib.types.either lib.types.lines lib.types.path);
    xdg = "numbat/init.nbt";
    darwin = "Library/Application Support/numbat/init.nbt";
    default = null;
    example = ''
      unit kohm: ElectricResistance = kV/A
    '';
  };
}
