{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.riff;

  # By name: git finds it in PATH.
  riff = baseNameOf (lib.hm.options.programPath cfg.package "riff");

  former = import ../lib/former-git-option.nix {
    inherit lib options;
    name = "riff";
  };
in
{
  imports =
    map (name: lib.mkRenamedOptionModule [ "programs" "git" "riff" name ] [ "programs" "riff" name ])
      [
        "enable"
        "package"
        "commandLineOptions"
      ];

  options.programs.riff = {
    enable = lib.mkEnableOption "riff, a viewer for differences";

    package = lib.hm.options.packageOption pkgs "riffdiff" { nullable = true; };

    commandLineOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      apply = lib.concatStringsSep " ";
      example = [ "--no-adds-only-special" ];
      description = "Command line options that riff always has.";
    };

    enableGitIntegration = mkOption {
      type = types.bool;
      default = false;
      description = "Whether git shows differences with it.";
    };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    home.sessionVariables = mkIf (cfg.commandLineOptions != "") { RIFF = cfg.commandLineOptions; };

    warnings = lib.optionals cfg.enableGitIntegration former.warnings;

    programs.riff.enableGitIntegration = former.integration;

    programs.git = mkIf cfg.enableGitIntegration {
      enable = lib.mkDefault true;
      iniContent = lib.hm.git.diffPagerConfig riff // {
        interactive.diffFilter = "${riff} --color=on";
      };
    };
  };
}
