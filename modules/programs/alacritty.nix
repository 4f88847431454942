{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) packageOption;

  cfg = config.programs.alacritty;

  tomlFormat = pkgs.formats.toml { };

  # The build of the package fails if the theme does not exist.
  checkedThemes = cfg.themePackage.overrideAttrs (previous: {
    name = "alacritty-theme-for-home-manager";
    postInstall = ''
      ${previous.postInstall or ""}
      if [ ! -f "$out/share/alacritty-theme/${cfg.theme}.toml" ]; then
        echo "error: alacritty theme '${cfg.theme}' does not exist"
        exit 1
      fi
    '';
  });

  themes = if cfg.themePackage == null then "/usr" else "${checkedThemes}";
  themeFile = "${themes}/share/alacritty-theme/${cfg.theme}.toml";

  importsInGeneral = cfg.package == null || lib.versionAtLeast cfg.package.version "0.14";

  # TOML strings are written with their backslashes escaped, but alacritty wants an escape
  # such as \u001b as it is: a placeholder stands for its first two characters meanwhile.
  placeholder = "__home_manager_alacritty_unicode_escape_";

  hideEscapes =
    value:
    if lib.isAttrs value then
      lib.mapAttrs (_name: hideEscapes) value
    else if lib.isList value then
      map hideEscapes value
    else if lib.isString value then
      lib.concatMapStrings (piece: if lib.isList piece then placeholder + lib.head piece else piece) (
        builtins.split "\\\\u([0-9a-fA-F]{4})" (lib.replaceStrings [ "\\^[" ] [ "\\u001b" ] value)
      )
    else
      value;

  configFile =
    (tomlFormat.generate "alacritty.toml" (hideEscapes cfg.settings)).overrideAttrs
      (previous: {
        buildCommand = ''
          ${previous.buildCommand}
          substituteInPlace $out --replace-quiet '${placeholder}' '\u'
        '';
      });
in
{
  options.programs.alacritty = {
    enable = lib.mkEnableOption "management of the terminal Alacritty";

    package = packageOption pkgs "alacritty" { nullable = true; };

    themePackage = packageOption pkgs "alacritty-theme" { nullable = true; };

    theme = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "solarized_dark";
      description = "Theme of the package alacritty-theme to import.";
    };

    settings = mkOption {
      inherit (tomlFormat) type;
      default = { };
      example.window.dimensions = {
        lines = 3;
        columns = 200;
      };
      description = "Contents of {file}`$XDG_CONFIG_HOME/alacritty/alacritty.toml`.";
    };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    programs.alacritty.settings = mkIf (cfg.theme != null) {
      general.import = mkIf importsInGeneral [ themeFile ];
      import = mkIf (!importsInGeneral) [ themeFile ];
    };

    xdg.configFile."alacritty/alacritty.toml" = mkIf (cfg.settings != { }) { source = configFile; };
  };
}
