{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.ripgrep;

  configPath = "${config.xdg.configHome}/ripgrep/ripgreprc";
in
{
  options.programs.ripgrep = {
    enable = lib.mkEnableOption "ripgrep";

    package = lib.hm.options.packageOption pkgs "ripgrep" { nullable = true; };

    arguments = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "--max-columns-preview" ];
      description = "Command line arguments that ripgrep always has.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    home.file = lib.mkIf (cfg.arguments != [ ]) {
      ${configPath}.text = lib.concatLines cfg.arguments;
    };

    home.sessionVariables = lib.mkIf (cfg.arguments != [ ]) { RIPGREP_CONFIG_PATH = configPath; };
  };
}
