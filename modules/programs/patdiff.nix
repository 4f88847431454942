{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  cfg = config.programs.patdiff;

  former = import ../lib/former-git-option.nix {
    inherit lib options;
    name = "patdiff";
  };
in
{
  imports =
    map
      (name: lib.mkRenamedOptionModule [ "programs" "git" "patdiff" name ] [ "programs" "patdiff" name ])
      [
        "enable"
        "package"
      ];

  options.programs.patdiff = {
    enable = lib.mkEnableOption "patdiff, a viewer for differences";

    package = lib.hm.options.packageOption pkgs "patdiff" { nullable = true; };

    enableGitIntegration = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether git shows differences with it.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    warnings = lib.optionals cfg.enableGitIntegration former.warnings;

    programs.patdiff.enableGitIntegration = former.integration;

    programs.git = lib.mkIf cfg.enableGitIntegration {
      enable = lib.mkDefault true;
      iniContent.diff.external = lib.hm.options.programPath' cfg.package "patdiff-git-wrapper";
    };
  };
}
