# The packages of the user, joined into one environment.
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
      description = "Outputs that are installed of each package, above its usual ones.";
    };

    extraProfileCommands = mkOption {
      type = types.lines;
      default = "";
      internal = true;
      description = "Commands that end the building of the environment.";
    };

    path = mkOption {
      internal = true;
      description = "The environment.";
    };

    enableNixpkgsReleaseCheck = mkOption {
      type = types.bool;
      default = true;
      description = "Whether to warn when nixpkgs and Home Manager are of different releases.";
    };
  };

  config = {
    home.path = pkgs.buildEnv {
      name = "home-manager-path";
      paths = cfg.packages;
      inherit (cfg) extraOutputsToInstall;
      postBuild = cfg.extraProfileCommands;
      meta.description = "The packages of a home";
    };

    warnings =
      let
        releases = lib.unique [
          (lib.trivial.release or cfg.version.release)
          (pkgs.lib.trivial.release or cfg.version.release)
        ];
        mismatch = releases != [ cfg.version.release ];
      in
      lib.optional (cfg.enableNixpkgsReleaseCheck && mismatch && !(pkgs.isHomeManagerEmbedded or false)) ''
        This is Home Manager ${cfg.version.release}, and nixpkgs is ${lib.concatStringsSep " and " releases}.
        Releases that differ may not fit together; take both of the same. To be told no more:

          home.enableNixpkgsReleaseCheck = false;
      '';
  };
}
