{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "devenv";
  title = "devenv, environments for development";
  nullable = false;

  shells = {
    bash =
      cfg:
      lib.mkAfter ''
        eval "$(${lib.getExe cfg.package} hook bash)"
      '';
    fish =
      cfg:
      lib.mkAfter ''
        ${lib.getExe cfg.package} hook fish | source
      '';
    nushell =
      cfg:
      "source ${
        pkgs.runCommand "devenv-nushell-config.nu" { } ''
          ${lib.getExe cfg.package} hook nu > $out
        ''
      } ";
    zsh = cfg: ''
      eval "$(${lib.getExe cfg.package} hook zsh)"
    '';
  };
}
