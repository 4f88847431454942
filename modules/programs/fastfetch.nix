{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.fastfetch;

  jsonFormat = pkgs.formats.json { };
in
{
  options.programs.fastfetch = {
    enable = lib.mkEnableOption "fastfetch";

    package = lib.hm.options.packageOption pkgs "fastfetch" { nullable = true; };

    settings = lib.mkOption {
      inherit (jsonFormat) type;
      default = { };
      example.modules = [ "os" ];
      description = "Contents of {file}`$XDG_CONFIG_HOME/fastfetch/config.jsonc`.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile."fastfetch/config.jsonc" = lib.mkIf (cfg.settings != { }) {
      source = jsonFormat.generate "config.jsonc" cfg.settings;
    };
  };
}
