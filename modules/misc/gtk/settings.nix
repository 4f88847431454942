# What the versions of GTK have in common: fonts and themes, and what they are called in the
# files of each.
{ lib }:

let
  inherit (lib) mkOption types;

  theme =
    {
      what,
      example,
      hasSize ? false,
    }:
    types.submodule {
      options = {
        package = mkOption {
          type = types.nullOr types.package;
          default = null;
          example = lib.literalExpression example.package;
          description = ''
            The package that has the ${what}. It is installed. If it is null, something else has to
            see to that.
          '';
        };

        name = mkOption {
          type = types.str;
          example = example.name;
          description = "What the ${what} is called in its package.";
        };
      }
      // lib.optionalAttrs hasSize {
        size = mkOption {
          type = types.nullOr types.int;
          default = null;
          example = 16;
          description = "The size of the cursor.";
        };
      };
    };

  kinds = {
    font = {
      type = lib.hm.types.fontType;
      what = "font";
    };

    theme = {
      type = theme {
        what = "theme";
        example = {
          name = "Adwaita";
          package = "pkgs.gnome-themes-extra";
        };
      };
      what = "theme";
    };

    iconTheme = {
      type = theme {
        what = "icon theme";
        example = {
          name = "Adwaita";
          package = "pkgs.adwaita-icon-theme";
        };
      };
      what = "icon theme";
    };

    cursorTheme = {
      type = theme {
        what = "cursor theme";
        hasSize = true;
        example = {
          name = "Vanilla-DMZ";
          package = "pkgs.vanilla-dmz";
        };
      };
      what = "cursor theme";
    };

    colorScheme = {
      type = types.enum [
        "dark"
        "light"
      ];
      what = "colour scheme";
    };
  };
in
{
  # One option of each kind: with the value for all versions as default, if that is given.
  options =
    {
      version ? null,
      general ? null,
      without ? [ ],
    }:
    lib.mapAttrs (
      name: kind:
      mkOption (
        {
          type = types.nullOr kind.type;
          default = if general == null then null else general.${name};
          description =
            "The ${kind.what} of " + (if version == null then "all versions of GTK." else "GTK ${version}.");
        }
        // lib.optionalAttrs (general != null) {
          defaultText = lib.literalExpression "config.gtk.${name}";
        }
      )
    ) (removeAttrs kinds without);

  # The settings of a version of GTK, by their names in its file.
  settingsOf =
    version: cfg:
    lib.filterAttrs (_name: value: value != null) {
      gtk-font-name =
        if cfg.font == null then
          null
        else
          "${cfg.font.name} ${toString (if cfg.font.size == null then 11 else cfg.font.size)}";
      gtk-theme-name = cfg.theme.name or null;
      gtk-icon-theme-name = cfg.iconTheme.name or null;
      gtk-cursor-theme-name = cfg.cursorTheme.name or null;
      gtk-cursor-theme-size = cfg.cursorTheme.size or null;
      gtk-application-prefer-dark-theme = if cfg.colorScheme or null == "dark" then true else null;
      gtk-interface-color-scheme =
        if version == 4 then
          {
            dark = 2;
            light = 3;
          }
          .${toString (cfg.colorScheme or null)} or null
        else
          null;
    };

  # The packages that a version of GTK uses.
  packagesOf =
    cfg:
    lib.filter (package: package != null) (
      map (kind: cfg.${kind}.package or null) [
        "theme"
        "iconTheme"
        "cursorTheme"
        "font"
      ]
    );

  # A file of settings as GTK 3 and 4 have it.
  settingsFile =
    settings:
    lib.generators.toINI {
      mkKeyValue =
        name: value:
        "${lib.escape [ "=" ] name}=${if lib.isBool value then lib.boolToString value else toString value}";
    } { Settings = settings; };

  extraConfigOption =
    version:
    mkOption {
      type = types.attrsOf (
        types.oneOf [
          types.bool
          types.int
          types.str
        ]
      );
      default = { };
      example.gtk-cursor-blink = false;
      description = "Further settings in {file}`$XDG_CONFIG_HOME/gtk-${version}/settings.ini`.";
    };

  extraCssOption =
    version:
    mkOption {
      type = types.lines;
      default = "";
      description = "Style sheet in {file}`$XDG_CONFIG_HOME/gtk-${version}/gtk.css`.";
    };
}
