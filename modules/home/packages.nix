{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.home;
in
{
  options.home = {
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that are installed for the user.";
    };

    extraOutputsToInstall = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "doc"
        "info"
        "devdoc"
      ];
      description = "Outputs that are installed of each package, where it has them.";
    };

    extraProfileCommands = mkOption {
      type = types.lines;
      default = "";
      internal = true;
      description = "Commands that finish the environment of the packages, which is in `$out`.";
    };

    path = mkOption {
      internal = true;
      description = "The environment of the packages.";
    };
  };

  config.home.path = pkgs.buildEnv {
    name = "home-manager-path";
    paths = cfg.packages;
    inherit (cfg) extraOutputsToInstall;
    postBuild = cfg.extraProfileCommands;
    meta.description = "The packages of a home";
  };
}
