# Themes and styles of Qt.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.qt;

  packages = import ./packages.nix { inherit lib pkgs; };

  qtctFormat = pkgs.formats.ini { listToValue = lib.concatStringsSep ", "; };

  packageOption =
    what:
    mkOption {
      type = types.nullOr (types.either types.package (types.listOf types.package));
      default = null;
      description = "The packages of the ${what}, if they are others than those that are known for it.";
    };

  # The platform theme was once a word, and some words have changed.
  platform =
    let
      isWord = lib.isString cfg.platformTheme;
      given =
        if isWord then
          {
            name = cfg.platformTheme;
            package = null;
          }
        else if cfg.platformTheme == null then
          {
            name = null;
            package = null;
          }
        else
          cfg.platformTheme;
    in
    {
      inherit isWord;
      inherit (given) package;
      givenName = given.name;
      name = if given.name == "kde6" then "kde" else given.name;
      option = [
        "qt"
        "platformTheme"
      ]
      ++ lib.optional (!isWord) "name";
    };

  platformOption = lib.showOption platform.option;

  # What Qt calls them.
  qtNames = {
    gtk = "gtk3";
    qtct = "qt5ct";
  };

  variables = lib.filterAttrs (_name: value: value != null) {
    QT_QPA_PLATFORMTHEME =
      if platform.name == null then null else qtNames.${platform.name} or platform.name;
    QT_STYLE_OVERRIDE = cfg.style.name;
  };

  directories =
    prefix:
    map (qt: "${config.home.profileDirectory}/${qt.qtbase.${prefix}}") [
      pkgs.qt5
      pkgs.qt6
    ];

  # A distribution's Qt knows its own directories.
  searchVariables = lib.optionalAttrs (pkgs ? qt5 && pkgs ? qt6) {
    QT_PLUGIN_PATH = directories "qtPluginPrefix";
    QML2_IMPORT_PATH = directories "qtQmlPrefix";
  };

  platformPackages =
    if platform.package != null && platform.package != [ ] then
      lib.toList platform.package
    else if platform.name != null then
      packages.platforms.${platform.name} or [ ]
    else
      [ ];
in
{
  imports = [
    ./kconfig.nix
    ./kvantum.nix
    (lib.mkChangedOptionModule
      [
        "qt"
        "useGtkTheme"
      ]
      [
        "qt"
        "platformTheme"
      ]
      (config: if config.qt.useGtkTheme then { name = "gtk2"; } else null)
    )
  ];

  options.qt = {
    enable = lib.mkEnableOption "themes and styles of Qt 5 and 6";

    platformTheme = mkOption {
      type = types.nullOr (
        types.either
          (types.enum [
            "gtk"
            "gtk3"
            "gnome"
            "adwaita"
            "lxqt"
            "qtct"
            "kde"
            "kde6"
          ])
          (
            types.submodule {
              options = {
                name = mkOption {
                  type = types.nullOr types.str;
                  default = null;
                  example = "adwaita";
                  description = ''
                    The platform theme: `adwaita`, `gtk2`, `gtk3`, `kde`, `lxqt`, `qtct`, `xdgdesktopportal`
                    or another one that is installed.
                  '';
                };

                package = packageOption "platform theme";
              };
            }
          )
      );
      default = null;
      description = "What Qt takes colours, fonts and dialogs from.";
    };

    style = {
      name = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "adwaita-dark";
        description = ''
          The style: `adwaita`, `adwaita-dark`, `breeze`, `cleanlooks`, `gtk2`, `kvantum`, `motif`,
          `plastique` or another one that is installed.
        '';
      };

      package = packageOption "style";
    };
  }
  // lib.listToAttrs (
    map
      (program: {
        name = "${program}Settings";
        value = mkOption {
          type = types.nullOr qtctFormat.type;
          default = null;
          example.Appearance.style = "kvantum";
          description = "Contents of {file}`$XDG_CONFIG_HOME/${program}/${program}.conf`.";
        };
      })
      [
        "qt5ct"
        "qt6ct"
      ]
  );

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = platform.name == "gnome" -> cfg.style.name != null && cfg.style.package != null;
        message = ''
          `qt.platformTheme.name` "gnome" must have `qt.style` set to a theme that
          supports both Qt and Gtk, for example "adwaita", "adwaita-dark", or "breeze".
        '';
      }
    ];

    warnings =
      lib.optional platform.isWord
        "The option `qt.platformTheme` has been renamed to `qt.platformTheme.name`."
      ++ lib.optional (
        platform.name == "gnome" && platform.package == null
      ) "The value `gnome` for option `${platformOption}` is deprecated. Use `adwaita` instead."
      ++ lib.optional (platform.givenName == "kde6") (
        lib.hm.deprecations.mkDeprecatedOptionValueRenameWarning {
          inherit (platform) option;
          old = ''"kde6"'';
          replacement = ''"kde"'';
        }
      )
      ++
        lib.optional (platform.name == "gtk")
          "The value `gtk` for option `${platformOption}` is deprecated. Use `gtk2` to keep the legacy qtstyleplugins or `gtk3` to use the modern native Qt GTK3 plugin.";

    qt.style.package = mkIf (cfg.style.name != null) (
      lib.mkDefault (packages.styles.${lib.toLower cfg.style.name} or null)
    );

    home = {
      packages =
        platformPackages ++ lib.optionals (cfg.style.package != null) (lib.toList cfg.style.package);
      sessionVariables = variables;
      sessionSearchVariables = searchVariables;
    };

    # Programs that systemd starts do not come from a shell.
    systemd.user.sessionVariables =
      variables // lib.mapAttrs (_name: lib.concatStringsSep ":") searchVariables;
    xsession.importedVariables = [
      "QT_PLUGIN_PATH"
      "QML2_IMPORT_PATH"
    ]
    ++ lib.attrNames variables;

    xdg.configFile = {
      "qt5ct/qt5ct.conf" = mkIf (cfg.qt5ctSettings != null) {
        source = qtctFormat.generate "qt5ct-config" cfg.qt5ctSettings;
      };
      "qt6ct/qt6ct.conf" = mkIf (cfg.qt6ctSettings != null) {
        source = qtctFormat.generate "qt6ct-config" cfg.qt6ctSettings;
      };
    };
  };
}
