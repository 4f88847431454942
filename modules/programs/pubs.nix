{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "pubs";
  title = "pubs, a manager of bibliographies";

  files.extraConfig = {
    format = "lines";
    home = ".pubsrc";
  };
}
