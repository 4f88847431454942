{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "vim-vint";
  title = "Vint, which checks Vim script";

  files.settings = {
    format = "yaml";
    xdg = ".vintrc.yaml";
    always = true;
  };
}
