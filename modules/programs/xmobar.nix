{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "xmobar";
  title = "Xmobar, a status bar";
  package = [
    "haskellPackages"
    "xmobar"
  ];

  files.extraConfig = {
    format = "lines";
    xdg = "xmobar/.xmobarrc";
    always = true;
  };
}
