{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "rmpc";
  title = "rmpc, a client for MPD";

  files.config = {
    format = "lines";
    xdg = "rmpc/config.ron";
  };
}
