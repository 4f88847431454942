{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "pyenv";
  title = "pyenv, several versions of Python";

  options.rootDirectory = lib.mkOption {
    type = lib.types.path;
    apply = toString;
    default = "${config.xdg.dataHome}/pyenv";
    defaultText = lib.literalExpression ''"''${config.xdg.dataHome}/pyenv"'';
    description = "Where pyenv keeps what it installs, as {env}`PYENV_ROOT`.";
  };

  shells =
    let
      posix = shell: cfg: ''
        export PYENV_ROOT="${cfg.rootDirectory}"
        eval "$(${lib.hm.options.programPath cfg.package "pyenv"} init - ${shell})"
      '';
    in
    {
      bash = posix "bash";
      fish = cfg: ''
        set -Ux PYENV_ROOT "${cfg.rootDirectory}"
        ${lib.hm.options.programPath cfg.package "pyenv"} init - fish | source
      '';
      zsh = posix "zsh";
    };
}
