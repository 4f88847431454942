{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "blueman-applet";
  title = "the applet of Blueman, which the system has to have as well";
  package = "blueman";
  install = false;
  description = "Blueman applet";
  targetOption = "systemdTargets";
  targetIsList = true;
  inTray = true;

  command = cfg: lib.hm.options.programPath' cfg.package "blueman-applet";
}
