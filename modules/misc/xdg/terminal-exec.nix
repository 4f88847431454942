{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.xdg.terminal-exec;

  fileName =
    desktop: (lib.optionalString (desktop != "default") "${lib.toLower desktop}-") + "xdg-terminals.list";
in
{
  options.xdg.terminal-exec = {
    enable = lib.mkEnableOption "the choice of a terminal for all programs, by `xdg-terminal-exec`";

    package = lib.hm.options.packageOption pkgs "xdg-terminal-exec" { nullable = true; };

    settings = lib.mkOption {
      type = lib.types.attrsOf (lib.types.listOf lib.types.str);
      default = { };
      example = {
        default = [ "kitty.desktop" ];
        GNOME = [ "org.gnome.Terminal.desktop" ];
      };
      description = ''
        Terminals by the desktop (or `default`), the preferred one first, as the names of their
        desktop files.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile = lib.mapAttrs' (
      desktop: terminals: lib.nameValuePair (fileName desktop) { text = lib.concatLines terminals; }
    ) cfg.settings;
  };
}
