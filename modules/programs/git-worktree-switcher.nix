{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "git-worktree-switcher";

  shells = {
    bash = cfg: ''
      eval "$(${lib.hm.options.programPath cfg.package "wt"} init bash)"
    '';
    fish = cfg: ''
      ${lib.hm.options.programPath cfg.package "wt"} init fish | source
    '';
    zsh = cfg: ''
      eval "$(${lib.hm.options.programPath cfg.package "wt"} init zsh)"
    '';
  };
}
