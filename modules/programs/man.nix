# Manual pages.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.man;
in
{
  options.programs.man = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether manual pages and the man command are installed.";
    };
    package = lib.hm.options.packageOption pkgs "man" { nullable = true; };
    generateCaches = lib.mkOption {
      type = lib.types.nullOr lib.types.bool;
      default = null;
      apply = value: value != null && value;
      description = "Whether the index for apropos(1) is made.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;
    home.extraOutputsToInstall = [ "man" ];
  };
}
