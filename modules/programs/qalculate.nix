{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "qalculate";
  title = "Qalculate!, a calculator";
  package = "libqalculate";

  files.settings = {
    format = "ini";
    xdg = "qalculate/qalc.cfg";
    example.General.colorize = 1;
  };
}
