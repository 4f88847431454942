{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "vifm";
  title = "vifm, a file manager in the manner of Vim";

  files.extraConfig = {
    format = "lines";
    xdg = "vifm/vifmrc";
  };
}
