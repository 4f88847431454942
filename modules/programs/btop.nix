{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.btop;

  settingValue =
    value:
    if lib.isBool value then
      (if value then "True" else "False")
    else if lib.isString value then
      ''"${value}"''
    else
      toString value;

  settingLines = lib.generators.toKeyValue {
    mkKeyValue = lib.generators.mkKeyValueDefault { mkValueString = settingValue; } " = ";
  } cfg.settings;

  themeFile = name: theme: {
    name = "btop/themes/${name}.theme";
    value.source =
      if lib.isPath theme || lib.isStorePath theme then
        theme
      else
        pkgs.writeText "btop-theme.theme" theme;
  };
in
{
  options.programs.btop = {
    enable = lib.mkEnableOption "btop";

    package = lib.hm.options.packageOption pkgs "btop" { nullable = true; };

    settings = mkOption {
      type =
        with types;
        attrsOf (oneOf [
          bool
          float
          int
          str
        ]);
      default = { };
      example.color_theme = "Default";
      description = "Contents of {file}`$XDG_CONFIG_HOME/btop/btop.conf`.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines for the end of the file.";
    };

    themes = mkOption {
      type = types.lazyAttrsOf (types.either types.path types.lines);
      default = { };
      example.mine = ''theme[main_bg]="#282a36"'';
      description = "Themes by name, as files or their text.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile = {
      "btop/btop.conf" = lib.mkIf (cfg.settings != { }) {
        text = ''
          ${settingLines}
          ${cfg.extraConfig}
        '';
      };
    }
    // lib.mapAttrs' themeFile cfg.themes;
  };
}
