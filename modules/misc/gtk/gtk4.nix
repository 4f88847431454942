{ config, lib, ... }:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.gtk.gtk4;

  shared = import ./settings.nix { inherit lib; };

  themeFromPackage = cfg.theme != null && cfg.theme.package != null;
in
{
  options.gtk.gtk4 = {
    enable = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = "Whether there are settings for GTK 4.";
    };

    extraConfig = shared.extraConfigOption "4.0";
    extraCss = shared.extraCssOption "4.0";
  }
  // shared.options {
    version = "4";
    general = config.gtk;
  }
  // {
    theme = mkOption {
      inherit ((shared.options { version = "4"; }).theme) type;
      inherit
        (lib.hm.deprecations.mkStateVersionOptionDefault {
          inherit (config.home) stateVersion;
          since = "26.05";
          optionPath = [
            "gtk"
            "gtk4"
            "theme"
          ];
          legacy = {
            value = config.gtk.theme;
            text = "config.gtk.theme";
          };
          current.value = null;
        })
        default
        defaultText
        ;
      description = ''
        The theme of GTK 4. There are no themes in GTK 4: the theme's style sheet is imported into
        that of the user, and not all applications look right with it.
      '';
    };
  };

  config = mkIf (config.gtk.enable && cfg.enable) {
    xdg.configFile = {
      "gtk-4.0/settings.ini".text = shared.settingsFile (shared.settingsOf 4 cfg // cfg.extraConfig);

      "gtk-4.0/gtk.css" = mkIf (cfg.extraCss != "" || themeFromPackage) {
        text =
          # The comment is a part of the file that others expect to find unchanged.
          lib.optionalString themeFromPackage ''
            /**
             * GTK 4 reads the theme configured by gtk-theme-name, but ignores it.
             * It does however respect user CSS, so import the theme from here.
            **/
            @import url("file://${cfg.theme.package}/share/themes/${cfg.theme.name}/gtk-4.0/gtk.css");
          ''
          + cfg.extraCss;
      };
    };
  };
}
