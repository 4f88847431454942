{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "screen";
  title = "screen, a terminal multiplexer";

  files.screenrc = {
    format = "text-or-path";
    type = lib.types.nullOr (lib.types.either lib.types.path lib.types.lines);
    default = null;
    home = ".screenrc";
  };
}
