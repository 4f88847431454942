{ config, lib, ... }:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.gtk.gtk3;

  shared = import ./settings.nix { inherit lib; };

  settings = shared.settingsOf 3 cfg;
in
{
  options.gtk.gtk3 = {
    enable = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = "Whether there are settings for GTK 3.";
    };

    extraConfig = shared.extraConfigOption "3.0";
    extraCss = shared.extraCssOption "3.0";

    bookmarks = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "file:///home/jane/Documents" ];
      description = "Bookmarks of file managers.";
    };
  }
  // shared.options {
    version = "3";
    general = config.gtk;
  };

  config = mkIf (config.gtk.enable && cfg.enable) {
    xdg.configFile = {
      "gtk-3.0/settings.ini".text = shared.settingsFile (settings // cfg.extraConfig);
      "gtk-3.0/gtk.css" = mkIf (cfg.extraCss != "") { text = cfg.extraCss; };
      "gtk-3.0/bookmarks" = mkIf (cfg.bookmarks != [ ]) { text = lib.concatLines cfg.bookmarks; };
    };

    # Under Wayland the settings are read from here.
    dconf.settings."org/gnome/desktop/interface" = lib.filterAttrs (_name: value: value != null) {
      font-name = settings.gtk-font-name or null;
      gtk-theme = settings.gtk-theme-name or null;
      icon-theme = settings.gtk-icon-theme-name or null;
      cursor-theme = settings.gtk-cursor-theme-name or null;
      cursor-size = settings.gtk-cursor-theme-size or null;
      color-scheme = if cfg.colorScheme == null then null else "prefer-${cfg.colorScheme}";
    };
  };
}
