{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.feh;

  # What is bound to nothing comes first: it frees keys for others.
  lines =
    bindings:
    let
      line =
        action: keys: lib.concatStringsSep " " ([ action ] ++ map toString (lib.optionals (keys != null) (lib.toList keys)));
      unbound = lib.filterAttrs (_action: keys: keys == null) bindings;
    in
    lib.concatLines (
      lib.mapAttrsToList line unbound
      ++ lib.mapAttrsToList line (removeAttrs bindings (lib.attrNames unbound))
    );

  bindingsOf = type: types.attrsOf (types.nullOr (types.either type (types.listOf type)));
in
{
  options.programs.feh = {
    enable = lib.mkEnableOption "feh, a viewer of images";

    package = lib.hm.options.packageOption pkgs "feh" { nullable = true; };

    buttons = mkOption {
      type = bindingsOf (types.either types.str types.int);
      default = { };
      example.zoom_in = 4;
      description = "Buttons of the mouse, by action, in {file}`$XDG_CONFIG_HOME/feh/buttons`.";
    };

    keybindings = mkOption {
      type = bindingsOf types.str;
      default = { };
      example.zoom_in = "plus";
      description = "Keys, by action, in {file}`$XDG_CONFIG_HOME/feh/keys`. Null unbinds.";
    };

    themes = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example.present = [ "--fullscreen" ];
      description = "Arguments, by theme, in {file}`$XDG_CONFIG_HOME/feh/themes`.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = !lib.elem "" (lib.attrValues cfg.keybindings);
        message = "To disable a keybinding, use `null` instead of an empty string.";
      }
    ];

    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile = {
      "feh/buttons" = mkIf (cfg.buttons != { }) { text = lines cfg.buttons; };
      "feh/keys" = mkIf (cfg.keybindings != { }) { text = lines cfg.keybindings; };
      "feh/themes" = mkIf (cfg.themes != { }) {
        text = lib.concatLines (
          lib.mapAttrsToList (theme: arguments: "${theme} ${lib.escapeShellArgs arguments}") cfg.themes
        );
      };
    };
  };
}
