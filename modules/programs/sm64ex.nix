{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  valueText =
    value:
    if lib.isBool value then
      lib.boolToString value
    else if lib.isList value then
      lib.concatStringsSep " " value
    else
      toString value;
in
{
  title = "sm64ex, a port of Super Mario 64";
  docs = "https://github.com/sm64pc/sm64ex/wiki";

  options = {
    region = option (types.nullOr (
      types.enum [
        "us"
        "eu"
        "jp"
      ]
    )) null "Region of the game." // {
      defaultText = lib.literalExpression "us";
      example = "jp";
    };

    baserom = option (types.nullOr types.path) null "File of the game." // {
      example = lib.literalExpression "/home/alice/baserom.us.z64";
    };

    extraCompileFlags = option (types.nullOr (types.listOf types.str)) null "Further flags of the build." // {
      example = [ "BETTERCAMERA=1" ];
    };

    settings = option (types.nullOr (types.attrsOf (types.either types.str (types.either types.int (types.either types.bool (types.listOf types.str)))))) null "Settings, in {file}`$XDG_DATA_HOME/sm64pc/sm64config.txt`." // {
      example = {
        fullscreen = false;
        key_a = [
          "0026"
          "1000"
        ];
      };
    };
  };

  config.xdg.dataFile."sm64pc/sm64config.txt" = lib.mkIf (cfg.settings != null) {
    text = lib.concatStringsSep "\n" (
      lib.mapAttrsToList (name: value: "${name} ${valueText value}") cfg.settings
    );
  };
}
