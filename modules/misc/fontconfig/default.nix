# Fonts: which there are, which are used, and how they are drawn.
{
  config,
  lib,
  nixosConfig,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.fonts.fontconfig;

  fontsOption =
    kind:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "DejaVu" ];
      description = "The fonts for ${kind}, the preferred one first.";
    };

  nullableOption =
    type: example: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit example description;
    };

  # Two packages that have a directory make it a real one, to which can be written.
  placeholder =
    number:
    pkgs.runCommandLocal "dummy-fc-dir${toString number}" { } ''
      mkdir -p $out/lib/fontconfig
    '';
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "fonts" "fontconfig" "enableProfileFonts" ]
      [ "fonts" "fontconfig" "enable" ]
    )
    ./config-file.nix
    ./settings.nix
  ];

  options.fonts.fontconfig = {
    enable = mkOption {
      type = types.bool;
      default =
        nixosConfig != null
        && nixosConfig.home-manager.useUserPackages
        && nixosConfig.fonts.fontconfig.enable;
      defaultText = lib.literalMD "whether NixOS installs the packages and has fonts enabled";
      description = "Whether programs find the fonts among the packages of the home.";
    };

    defaultFonts = {
      monospace = fontsOption "text whose characters are equally wide";
      sansSerif = fontsOption "text without serifs";
      serif = fontsOption "text with serifs";
      emoji = fontsOption "emoji";
    };

    antialiasing = nullableOption types.bool true "Whether edges are smoothed.";

    hinting = nullableOption (types.enum [
      "none"
      "slight"
      "medium"
      "full"
    ]) "slight" "How much shapes are fitted to pixels.";

    subpixelRendering = nullableOption (types.enum [
      "none"
      "rgb"
      "bgr"
      "vertical-rgb"
      "vertical-bgr"
    ]) "rgb" "The order of colours within a pixel, to draw more sharply.";
  };

  config = lib.mkIf cfg.enable {
    home.packages = [
      (placeholder 1)
      (placeholder 2)
    ];

    home.extraProfileCommands = lib.optionalString (pkgs ? fontconfig) ''
      if [[ -d $out/lib/X11/fonts || -d $out/share/fonts ]]; then
        export FONTCONFIG_FILE="$(pwd)/fonts.conf"
        cat > $FONTCONFIG_FILE << EOF
      <?xml version='1.0'?>
      <!DOCTYPE fontconfig SYSTEM 'fonts.dtd'>
      <fontconfig>
        <dir>$out/lib/X11/fonts</dir>
        <dir>$out/share/fonts</dir>
        <cachedir>$out/lib/fontconfig/cache</cachedir>
      </fontconfig>
      EOF
        ${lib.getBin pkgs.fontconfig}/bin/fc-cache -f
        rm -f $out/lib/fontconfig/cache/CACHEDIR.TAG
        rmdir --ignore-fail-on-non-empty -p $out/lib/fontconfig/cache
        rm "$FONTCONFIG_FILE"
        unset FONTCONFIG_FILE
      fi
    ''
    + ''
      if [[ -d $out/lib/fontconfig ]]; then
        rmdir -p $out/lib/fontconfig 2> /dev/null || true
      fi
    '';
  };
}
