{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "pyenv";
  title = "pyenv, several versions of Python";
  nullable = false;

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
        eval "$(${lib.getExe cfg.package} init - ${shell})"
      '';
    in
    {
      bash = posix "bash";
      fish = cfg: ''
        set -Ux PYENV_ROOT "${cfg.rootDirectory}"
        ${lib.getExe cfg.package} init - fish | source
      '';
      zsh = posix "zsh";
    };
}
