# The files that follow from the other options.
{ config, lib, ... }:

let
  cfg = config.fonts.fontconfig;

  inherit (config.home) path profileDirectory;

  include = file: {
    "@ignore_missing" = "yes";
    "#text" = file;
  };

  assign =
    name: value:
    {
      "@mode" = "assign";
      "@name" = name;
    }
    // (if lib.isBool value then { bool = lib.boolToString value; } else { const = value; });

  # The constants have no "vertical", but "vrgb".
  subpixels = lib.replaceStrings [ "vertical-" ] [ "v" ] cfg.subpixelRendering;

  rendering =
    lib.optional (cfg.antialiasing != null) (assign "antialias" cfg.antialiasing)
    ++ lib.optionals (cfg.hinting != null) [
      (assign "hinting" true)
      (assign "hintstyle" "hint${cfg.hinting}")
    ]
    ++ lib.optional (cfg.subpixelRendering != null) (assign "rgba" subpixels);

  alias = kind: fonts: {
    "@binding" = "same";
    family = if kind == "sansSerif" then "sans-serif" else kind;
    prefer.family = fonts;
  };
in
{
  config.fonts.fontconfig.configFile = lib.mkIf cfg.enable {
    fonts = {
      enable = true;
      priority = 10;
      settings = {
        description = "Add fonts in the Nix user profile";
        include = map include [
          "${path}/etc/fonts/conf.d"
          "${path}/etc/fonts/fonts.conf"
        ];
        dir = [
          "${path}/lib/X11/fonts"
          "${path}/share/fonts"
          "${profileDirectory}/lib/X11/fonts"
          "${profileDirectory}/share/fonts"
        ];
        cachedir = "${path}/lib/fontconfig/cache";
      };
    };

    rendering = {
      enable = rendering != [ ];
      priority = 10;
      settings = {
        description = "Set the rendering mode";
        match = {
          "@target" = "font";
          edit = rendering;
        };
      };
    };

    default-fonts = {
      enable = true;
      priority = 52;
      settings = {
        description = "Set default fonts";
        alias = lib.mapAttrsToList alias (lib.filterAttrs (_kind: fonts: fonts != [ ]) cfg.defaultFonts);
      };
    };
  };
}
