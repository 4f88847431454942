{
  cfg,
  exe,
  lib,
  option,
  options,
  types,
  ...
}:

let
  sha256 = "e1e594dec9343b721005a6bf06c48e0aac34ac9a77090e42b543bae9e1e0354a";
  picture = "/System/Library/Desktop Pictures/Solid Colors/Stone.png";
in
{
  title = "desktoppr, which sets the wallpaper of macOS";
  docs = "https://github.com/scriptingosx/desktoppr";
  darwinOnly = true;
  installed = null;

  options.settings = option (types.submodule {
    freeformType = types.attrsOf types.anything;

    options = {
      picture = option (types.nullOr (types.either types.path (types.strMatching "^http(s)?://.*$"))) null "The picture: a file or an address." // {
        example = picture;
      };
      sha256 = option (types.nullOr (types.strMatching "^[a-f0-9]{64}$")) null "Hash of the picture." // {
        example = sha256;
      };
      color = option (types.strMatching "[0-9a-fA-F]{6}") "000000" "Color around the picture." // {
        example = "2E2E2E";
      };
      scale = option (types.enum [
        "fill"
        "stretch"
        "center"
        "fit"
      ]) "fill" "How the picture is made to fit." // {
        example = "fit";
      };
      setOnlyOnce = option types.bool false "Whether the user can change the picture afterwards." // {
        example = true;
      };
    };
  }) { } "Settings. See <https://github.com/scriptingosx/desktoppr/wiki/Managing-Wallpapers-with-desktoppr>." // {
    example = { inherit picture; };
  };

  config = {
    home.activation.desktoppr = lib.hm.dag.entryAfter [ "setDarwinDefaults" ] ''
      verboseEcho "Setting the desktop picture/wallpaper"
      run "${exe}" manage
    '';
  }
  // lib.optionalAttrs (lib.hasAttrByPath [ "targets" "darwin" "defaults" ] options) {
    targets.darwin.defaults.desktoppr = cfg.settings;
  };
}
