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
    enable = lib.mkEnableOption "the command {command}`home-manager`";

    path = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "$HOME/devel/home-manager";
      description = "Not used: the program brings its modules along.";
    };

    package = lib.mkOption {
      type = lib.types.package;
      readOnly = true;
      default = import ../../pkgs/home-manager { inherit pkgs; };
      defaultText = lib.literalMD "the program of this version";
      description = "The program.";
    };
  };

  config = lib.mkIf (cfg.enable && !config.submoduleSupport.enable) {
    home.packages = [ cfg.package ];
  };
}
