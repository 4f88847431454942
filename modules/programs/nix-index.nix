{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.nix-index;

  handler =
    lib.optionalString (cfg.package != null) "${cfg.package}" + "/etc/profile.d/command-not-found";

  load = lib.hm.shell.sourceProfileScript cfg.package "command-not-found.sh";

  exclusive = option: {
    assertion = cfg.${option} -> !(config.programs.command-not-found.enable or false);
    message = ''
      The 'programs.command-not-found.enable' option is mutually exclusive
      with the 'programs.nix-index.${option}' option.
    '';
  };
in
{
  options.programs.nix-index = {
    enable = lib.mkEnableOption "nix-index, which knows what package a program is in";

    package = lib.hm.options.packageOption pkgs "nix-index" { };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };
  };

  config = lib.mkIf cfg.enable {
    assertions = map exclusive [
      "enableBashIntegration"
      "enableZshIntegration"
    ];

    home.packages = lib.optional (cfg.package != null) cfg.package;

    programs = {
      bash.initExtra = lib.mkIf cfg.enableBashIntegration load;

      zsh.initContent = lib.mkIf cfg.enableZshIntegration load;

      fish.interactiveShellInit =
        let
          wrapper = pkgs.writeScript "command-not-found" ''
            #!${pkgs.bash}/bin/bash
            source ${handler}.sh
            command_not_found_handle "$@"
          '';
        in
        lib.mkIf cfg.enableFishIntegration ''
          function __fish_command_not_found_handler --on-event fish_command_not_found
              ${wrapper} $argv
          end
        '';

      nushell.settings.hooks.command_not_found = lib.mkIf cfg.enableNushellIntegration (
        lib.hm.nushell.mkNushellInline "source ${handler}.nu"
      );
    };
  };
}
