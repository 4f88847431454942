{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "goto";
  title = "{command}`goto`";

  shells = {
    bash = cfg: "source ${lib.hm.options.installPrefix cfg.package}/share/goto.sh";
    zsh = cfg: "source ${lib.hm.options.installPrefix cfg.package}/share/goto.sh";
  };
}
