{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  extension =
    { config, ... }:
    {
      options = {
        id = lib.mkOption {
          type = types.str;
          example = "user-theme@gnome-shell-extensions.gcampax.github.com";
          description = "Id of the extension; that of the package by default.";
        };
        package = lib.mkOption {
          type = types.package;
          example = lib.literalExpression "pkgs.gnome-shell-extensions";
          description = "Package of the extension.";
        };
      };

      config.id = lib.mkIf (config.package ? extensionUuid) (
        lib.mkDefault config.package.extensionUuid
      );
    };

  theme.options = {
    name = lib.mkOption {
      type = types.str;
      example = "Plata-Noir";
      description = "Name of the theme.";
    };
    package = option (types.nullOr types.package) null "Package of the theme." // {
      example = lib.literalExpression "pkgs.plata-theme";
    };
  };
in
{
  title = "extensions and a theme of GNOME Shell";
  docs = "https://extensions.gnome.org/";
  package = null;

  options = {
    extensions = option (types.listOf (types.submodule extension)) [ ] "Extensions." // {
      example = lib.literalExpression ''
        [ { package = pkgs.gnomeExtensions.dash-to-panel; } ]
      '';
    };

    theme = option (types.nullOr (types.submodule theme)) null "Theme." // {
      example = lib.literalExpression ''
        {
          name = "Plata-Noir";
          package = pkgs.plata-theme;
        }
      '';
    };
  };

  config = [
    (lib.mkIf (cfg.extensions != [ ]) {
      dconf.settings."org/gnome/shell" = {
        disable-user-extensions = false;
        enabled-extensions = lib.catAttrs "id" cfg.extensions;
      };
      home.packages = lib.catAttrs "package" cfg.extensions;
    })
    (lib.mkIf (cfg.theme != null) {
      dconf.settings."org/gnome/shell/extensions/user-theme".name = cfg.theme.name;
      programs.gnome-shell.extensions = [
        { package = lib.hm.options.neededPackage pkgs "gnomeExtensions.user-themes"; }
      ];
      home.packages = [ cfg.theme.package ];
    })
  ];
}
