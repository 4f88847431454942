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
    home = ".screenrc";
  };
}
