{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "goto";
  title = "{command}`goto`";
  nullable = false;

  shells = {
    bash = cfg: "source ${cfg.package}/share/goto.sh";
    zsh = cfg: "source ${cfg.package}/share/goto.sh";
  };
}
