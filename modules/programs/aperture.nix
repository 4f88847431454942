{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "aperture";
  title = "aperture, a proxy for payments";

  files.settings = {
    format = "yaml";
    home = ".aperture/aperture.yaml";
  };
}
