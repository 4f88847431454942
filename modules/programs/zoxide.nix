{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.zoxide;

  zoxide = lib.hm.options.programPath cfg.package "zoxide";
  init = shell: "init ${shell} ${lib.concatStringsSep " " cfg.options}";
in
{
  options.programs.zoxide = {
    enable = lib.mkEnableOption "zoxide";

    package = lib.hm.options.packageOption pkgs "zoxide" { nullable = true; };

    options = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--no-cmd" ];
      description = "Command line options of {command}`zoxide init`.";
    };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    programs = {
      # zoxide wants to be the last that changes the prompt command.
      bash.initExtra = mkIf cfg.enableBashIntegration (
        lib.mkOrder 2000 ''
          eval "$(${zoxide} ${init "bash"})"
        ''
      );

      # Its completions need compinit.
      zsh.initContent = mkIf cfg.enableZshIntegration (
        lib.mkOrder 851 ''
          eval "$(${zoxide} ${init "zsh"})"
        ''
      );

      fish.interactiveShellInit = mkIf cfg.enableFishIntegration ''
        ${zoxide} ${init "fish"} | source
      '';

      nushell = mkIf cfg.enableNushellIntegration (
        lib.hm.nushell.loadOutput {
          inherit pkgs;
          inherit (cfg) package;
          inherit (config.xdg) cacheHome;
          program = "zoxide";
          arguments = init "nushell";
          name = "zoxide-nushell-config.nu";
        }
      );
    };
  };
}
