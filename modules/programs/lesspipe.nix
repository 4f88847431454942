{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "lesspipe";
  title = "lesspipe, which prepares files for less";
  nullable = false;

  extraConfig = cfg: {
    home.sessionVariables.LESSOPEN = "|${cfg.package}/bin/lesspipe.sh %s";
  };
}
