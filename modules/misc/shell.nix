{ config, lib, ... }:

let
  inherit (lib.hm) shell;

  followsAll = {
    inherit config;
    baseName = "Shell";
  };
in
{
  options.home.shell = {
    enableShellIntegration = lib.mkOption {
      type = lib.types.bool;
      default = true;
      example = false;
      description = ''
        Whether programs hook into the shells, where they can. Each shell has an option of its
        own, and so has each program.
      '';
    };

    enableBashIntegration = shell.mkBashIntegrationOption followsAll;
    enableFishIntegration = shell.mkFishIntegrationOption followsAll;
    enableIonIntegration = shell.mkIonIntegrationOption followsAll;
    enableNushellIntegration = shell.mkNushellIntegrationOption followsAll;
    enableZshIntegration = shell.mkZshIntegrationOption followsAll;
  };
}
