{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "devenv";
  title = "devenv, environments for development";

  shells = {
    bash =
      cfg:
      lib.mkAfter ''
        eval "$(${lib.hm.options.programPath cfg.package "devenv"} hook bash)"
      '';
    fish =
      cfg:
      lib.mkAfter ''
        ${lib.hm.options.programPath cfg.package "devenv"} hook fish | source
      '';
    nushell =
      cfg:
      lib.mkIf (cfg.package != null)
        "source ${
          pkgs.runCommand "devenv-nushell-config.nu" { } ''
            ${lib.getExe cfg.package} hook nu > $out
          ''
        } ";
    zsh = cfg: ''
      eval "$(${lib.hm.options.programPath cfg.package "devenv"} hook zsh)"
    '';
  };

  # Without a package the script of Nushell is made when the shell starts.
  extraConfig = cfg: {
    programs.nushell = lib.mkIf (cfg.enableNushellIntegration && cfg.package == null) (
      lib.hm.nushell.loadOutput {
        inherit pkgs;
        inherit (cfg) package;
        inherit (config.xdg) cacheHome;
        program = "devenv";
        arguments = "hook nu";
        name = "devenv-nushell-config.nu";
      }
    );
  };
}
