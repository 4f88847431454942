{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf;

  cfg = config.programs.autojump;

  scripts = "${lib.hm.options.installPrefix cfg.package}/share/autojump";
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "programs" "bash" "enableAutojump" ] [ "programs" "autojump" "enable" ])
  ];

  options.programs.autojump = {
    enable = lib.mkEnableOption "autojump";

    package = lib.hm.options.packageOption pkgs "autojump" { nullable = true; };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    programs.bash.initExtra = mkIf cfg.enableBashIntegration (
      lib.mkBefore ''
        . ${scripts}/autojump.bash
      ''
    );

    programs.fish.interactiveShellInit = mkIf cfg.enableFishIntegration ''
      . ${scripts}/autojump.fish
    '';

    programs.zsh.initContent = mkIf cfg.enableZshIntegration ''
      . ${scripts}/autojump.zsh
    '';
  };
}
