# The program that manages this home.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.home-manager;
in
{
  options.programs.home-manager = {
    enable = lib.mkEnableOption "the program home-manager in the profile";
    package = lib.mkOption {
      type = lib.types.nullOr lib.types.package;
      default = pkgs.home-manager or null;
      defaultText = lib.literalExpression "pkgs.home-manager";
      description = "The package to install.";
    };
    path = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "$HOME/devel/home-manager";
      description = "A checkout of Home Manager to use in place of the program's own modules.";
    };
  };

  config = lib.mkIf (cfg.enable && !config.submoduleSupport.enable) {
    home.packages = lib.optional (cfg.package != null) cfg.package;
  };
}
