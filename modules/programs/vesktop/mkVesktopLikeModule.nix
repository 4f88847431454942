# A module for a client of Discord made of Vencord or a fork of it.
{
  # The name below `programs`, which is also that of the package and the directory.
  moduleName,

  # The name of what it is made of.
  cordModuleName,

  # Where the settings of both are declared.
  settingsLink,
  cordSettingsLink,

  # Whether the package is installed as it is.
  installPackage,
  ...
}:

{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  cfg = config.programs.${moduleName};
  cord = cfg.${cordModuleName};
  json = pkgs.formats.json { };

  directory = "${
    if pkgs.stdenv.hostPlatform.isDarwin then "Library/Application Support" else config.xdg.configHome
  }/${moduleName}";

  file = name: values: lib.mkIf (values != { }) { source = json.generate "${name}-settings" values; };
in
{
  options.programs.${moduleName} = {
    enable = lib.mkEnableOption "${lib.toSentenceCase moduleName}, a client of Discord";

    package = lib.hm.options.packageOption pkgs moduleName { nullable = true; };

    settings = option json.type { } "Settings of the window. See <${settingsLink}>." // {
      example.customTitleBar = false;
    };

    ${cordModuleName} = {
      themes = option (types.attrsOf (
        types.oneOf [
          types.lines
          types.path
        ]
      )) { } "Themes by name: contents or files. They must also be enabled by {option}`programs.${moduleName}.${cordModuleName}.settings.enabledThemes`.";

      settings = option json.type { } "Settings of ${lib.toSentenceCase cordModuleName}. See <${cordSettingsLink}>." // {
        example.useQuickCss = true;
      };

      extraQuickCss = option types.lines "" "Further style." // {
        example = ''
          .media-engine-video { transform: none; }
        '';
      };
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.mkIf (installPackage && cfg.package != null) [ cfg.package ];

    home.file = {
      "${directory}/settings.json" = file moduleName cfg.settings;
      "${directory}/settings/settings.json" = file cordModuleName cord.settings;
      "${directory}/settings/quickCss.css" = lib.mkIf (cord.extraQuickCss != "") {
        text = cord.extraQuickCss;
      };
    }
    // lib.hm.files.inDirectory "${directory}/themes" ".css" (name: theme: {
      source =
        if lib.isPath theme || lib.isStorePath theme then
          theme
        else
          pkgs.writeText "${moduleName}-themes-${name}" theme;
    }) cord.themes;
  };
}
