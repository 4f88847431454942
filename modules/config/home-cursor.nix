# The pointer's looks.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkEnableOption mkOption types;

  cfg = config.home.pointerCursor;
  option = options.home.pointerCursor;

  # Once, defining anything of it was enough to have it.
  saysSo = builtins.any (definition: definition ? enable) option.definitions;
  isDefined = option.highestPrio != (lib.mkOptionDefault { }).priority;
  isEnabled = if saysSo then cfg.enable else isDefined;

  backend = name: {
    enable = mkEnableOption "the pointer in ${name}";
    size = mkOption {
      type = types.int;
      default = cfg.size;
      defaultText = lib.literalExpression "config.home.pointerCursor.size";
      example = 32;
      description = "Its size there.";
    };
  };

  themes = "${lib.hm.options.installPrefix cfg.package}/share/icons";

  # What programs use that do not know of themes.
  defaultTheme = pkgs.writeTextFile {
    name = "index.theme";
    destination = "/share/icons/default/index.theme";
    text = ''
      [Icon Theme]
      Name=Default
      Comment=Default Cursor Theme
      Inherits=${cfg.name}
    '';
  };

  # A distribution's theme is where it is looked for already.
  icons = directory: {
    "${directory}/default/index.theme".source = "${defaultTheme}/share/icons/default/index.theme";
    "${directory}/${cfg.name}" = lib.mkIf (cfg.package != null) {
      source = "${themes}/${cfg.name}";
    };
  };

  image = "${themes}/${lib.escapeShellArg cfg.name}/cursors/${lib.escapeShellArg cfg.x11.defaultCursor}";
in
{
  options.home.pointerCursor = mkOption {
    type = types.submodule {
      options = {
        enable = mkEnableOption "a theme for the pointer";
        package = mkOption {
          type = types.nullOr types.package;
          example = lib.literalExpression "pkgs.vanilla-dmz";
          description = "The package with the theme. If null, the distribution has it.";
        }
        // lib.optionalAttrs (pkgs.isHomeManagerEmbedded or false) { default = null; };
        name = mkOption {
          type = types.str;
          example = "Vanilla-DMZ";
          description = "The name of the theme in the package.";
        };
        size = mkOption {
          type = types.int;
          default = 32;
          example = 64;
          description = "The size of the pointer.";
        };
        x11 = backend "X sessions" // {
          defaultCursor = mkOption {
            type = types.str;
            default = "left_ptr";
            example = "X_cursor";
            description = "The image over what has no image of its own.";
          };
        };
        gtk = backend "GTK";
        hyprcursor = backend "Hyprland";
        sway = backend "Sway";
        dotIcons.enable = mkEnableOption "links to the theme in {file}`~/.icons`" // {
          default = true;
        };
      };
    };
    default = { };
    description = "The pointer. Each desktop has to be told in its own way, if it is to know of it.";
  };

  config = lib.mkMerge (
    [
      {
        warnings = lib.optional (isDefined && !saysSo) ''
          Relying on `home.pointerCursor` to enable cursor config generation is deprecated.
          Please update your configuration to explicitly set:

            home.pointerCursor.enable = ${lib.boolToString isEnabled};
        '';
      }

      (lib.mkIf isEnabled {
        assertions = [
          (lib.hm.assertions.assertPlatform "home.pointerCursor" pkgs lib.platforms.linux)
        ];

        home = {
          packages = lib.optional (cfg.package != null) cfg.package ++ [ defaultTheme ];
          sessionVariables = {
            XCURSOR_SIZE = lib.mkDefault cfg.x11.size;
            XCURSOR_THEME = lib.mkDefault cfg.name;
          };
          sessionSearchVariables.XCURSOR_PATH = [ "${config.home.profileDirectory}/share/icons" ];
          file = lib.mkIf cfg.dotIcons.enable (icons ".icons");
        };

        xdg.dataFile = icons "icons";
      })

      (lib.mkIf (isEnabled && cfg.x11.enable) {
        xsession.profileExtra = ''
          ${lib.hm.options.programPath (pkgs.xsetroot or null) "xsetroot"} -xcf ${image} ${toString cfg.x11.size}
        '';
        xresources.properties = {
          "Xcursor.theme" = cfg.name;
          "Xcursor.size" = cfg.x11.size;
        };
      })

      (lib.mkIf (isEnabled && cfg.hyprcursor.enable) {
        home.sessionVariables = {
          HYPRCURSOR_THEME = cfg.name;
          HYPRCURSOR_SIZE = cfg.hyprcursor.size;
        };
      })
    ]
    # Desktops that are not among the modules do not have to be told.
    ++ lib.optional (options ? gtk.cursorTheme) (
      lib.mkIf (isEnabled && cfg.gtk.enable) {
        gtk.cursorTheme = lib.mkDefault {
          inherit (cfg) package name;
          inherit (cfg.gtk) size;
        };
      }
    )
    ++ lib.optional (options ? wayland.windowManager.sway) (
      lib.mkIf (isEnabled && cfg.sway.enable) {
        wayland.windowManager.sway.config.seat."*".xcursor_theme =
          "${cfg.name} ${toString cfg.sway.size}";
      }
    )
  );
}
