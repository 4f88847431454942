{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "lesspipe";
  title = "lesspipe, which prepares files for less";

  extraConfig = cfg: {
    home.sessionVariables.LESSOPEN = "|${lib.hm.options.binPath cfg.package "lesspipe.sh"} %s";
  };
}
