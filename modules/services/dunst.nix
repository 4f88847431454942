{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  inherit (lib.hm.options) installPrefix binPath;

  cfg = config.services.dunst;

  valueText =
    value:
    if lib.isBool value then
      lib.hm.booleans.yesNo value
    else if lib.isString value then
      ''"${value}"''
    else
      toString value;

  sectionText =
    section:
    lib.generators.toINI { mkKeyValue = name: value: "${name}=${valueText value}"; } {
      ${section.name} = section.value;
    };

  # What icons are looked for in when the theme does not have them.
  hicolor = {
    package = pkgs.hicolor-icon-theme or null;
    name = "hicolor";
    size = "32x32";
  };

  hasOwnTheme =
    cfg.iconTheme.package != hicolor.package
    || cfg.iconTheme.name != hicolor.name
    || cfg.iconTheme.size != hicolor.size;

  iconDirectories = lib.cartesianProduct {
    base = [
      "/run/current-system/sw"
      config.home.profileDirectory
      (installPrefix cfg.iconTheme.package)
    ]
    ++ lib.optional hasOwnTheme (installPrefix hicolor.package);
    theme = [
      cfg.iconTheme
    ]
    ++ lib.optional hasOwnTheme (hicolor // { inherit (cfg.iconTheme) size; });
    category = [
      "actions"
      "animations"
      "apps"
      "categories"
      "devices"
      "emblems"
      "emotes"
      "filesystem"
      "intl"
      "legacy"
      "mimetypes"
      "places"
      "status"
      "stock"
    ];
  };
in
{
  options.services.dunst = {
    enable = lib.mkEnableOption "dunst, which shows notifications";

    package = lib.hm.options.packageOption pkgs "dunst" { };

    configFile = mkOption {
      type = types.nullOr (types.either types.str types.path);
      default = null;
      description = "The file that dunst reads in place of {file}`$XDG_CONFIG_HOME/dunst/dunstrc`.";
    };

    iconTheme = mkOption {
      type = types.submodule {
        options = {
          package = mkOption {
            type = types.nullOr types.package;
            example = lib.literalExpression "pkgs.adwaita-icon-theme";
            description = "The package that has the theme. Null is the distribution's.";
          };

          name = mkOption {
            type = types.str;
            example = "Adwaita";
            description = "What the theme is called in its package.";
          };

          size = mkOption {
            type = types.str;
            default = "32x32";
            example = "16x16";
            description = "The size of icons.";
          };
        };
      };
      default = hicolor;
      defaultText = lib.literalMD "hicolor, in 32 by 32 pixels";
      description = "The theme that icons are taken from.";
    };

    waylandDisplay = mkOption {
      type = types.str;
      default = "";
      description = "The Wayland display, if it is not that of the session.";
    };

    settings = mkOption {
      type = lib.hm.types.dagOf (
        types.submodule {
          freeformType = types.attrsOf (
            types.oneOf [
              types.str
              types.bool
              types.int
              (types.listOf types.str)
            ]
          );
        }
      );
      default = { };
      example = lib.literalExpression ''
        {
          global.font = "Droid Sans 9";
          urgency_normal.timeout = 10;
          mail = lib.hm.dag.entryAfter [ "urgency_normal" ] { appname = "mail"; };
        }
      '';
      description = "Contents of {file}`$XDG_CONFIG_HOME/dunst/dunstrc`, by section.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [ (lib.hm.assertions.assertPlatform "services.dunst" pkgs lib.platforms.linux) ];

    home.packages = lib.optional (cfg.package != null) cfg.package;

    # Whoever sends a notification starts dunst.
    xdg.dataFile."dbus-1/services/org.knopwob.dunst.service" = mkIf (cfg.package != null) {
      source = "${cfg.package}/share/dbus-1/services/org.knopwob.dunst.service";
    };

    services.dunst.settings.global.icon_path = lib.concatMapStringsSep ":" (
      { base, theme, category }: "${base}/share/icons/${theme.name}/${theme.size}/${category}"
    ) iconDirectories;

    xdg.configFile."dunst/dunstrc" = mkIf (cfg.settings != { }) {
      text = lib.concatMapStringsSep "\n" sectionText (
        lib.hm.generators.sortDAGEntries {
          cycleErrorMessage = "Dependency cycle in dunst settings";
        } cfg.settings
      );
    };

    systemd.user.services.dunst = {
      Unit = {
        Description = "Dunst notification daemon";
        After = [ config.wayland.systemd.target ];
        PartOf = [ config.wayland.systemd.target ];
        X-Reload-Triggers = mkIf (cfg.settings != { }) [
          "${config.xdg.configFile."dunst/dunstrc".source}"
        ];
      };

      Service = {
        Type = "dbus";
        BusName = "org.freedesktop.Notifications";
        ExecStart = lib.escapeShellArgs (
          [ (binPath cfg.package "dunst") ]
          ++ lib.optionals (cfg.configFile != null) [
            "-config"
            cfg.configFile
          ]
        );
        ExecReload = "${binPath cfg.package "dunstctl"} reload";
        Environment = lib.optionalString (
          cfg.waylandDisplay != ""
        ) "WAYLAND_DISPLAY=${cfg.waylandDisplay}";
      };
    };
  };
}
