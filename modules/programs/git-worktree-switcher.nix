{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "git-worktree-switcher";
  nullable = false;

  shells = {
    bash = cfg: ''
      eval "$(${lib.getExe cfg.package} init bash)"
    '';
    fish = cfg: ''
      ${lib.getExe cfg.package} init fish | source
    '';
    zsh = cfg: ''
      eval "$(${lib.getExe cfg.package} init zsh)"
    '';
  };
}
