{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.bottom;

  tomlFormat = pkgs.formats.toml { };
in
{
  options.programs.bottom = {
    enable = lib.mkEnableOption "bottom";

    package = lib.hm.options.packageOption pkgs "bottom" { nullable = true; };

    settings = lib.mkOption {
      inherit (tomlFormat) type;
      default = { };
      example.flags.temperature_type = "c";
      description = "Contents of {file}`$XDG_CONFIG_HOME/bottom/bottom.toml`.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile."bottom/bottom.toml" = lib.mkIf (cfg.settings != { }) {
      source = tomlFormat.generate "bottom.toml" cfg.settings;
    };
  };
}
