{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "onlyoffice";
  title = "ONLYOFFICE";
  package = "onlyoffice-desktopeditors";

  files.settings = {
    format = "keyValue";
    xdg = "onlyoffice/DesktopEditors.conf";
  };
}
