{
  bin,
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
    else if value == null then
      "none"
    else
      ''"${toString value}"'';
in
{
  title = "Stalonetray, a tray for X";
  docs = "https://kolbusa.github.io/stalonetray/";
  linuxOnly = true;

  options = {
    config = option (types.attrsOf (types.nullOr (types.either types.str (types.either types.bool types.int)))) { } "Contents of {file}`$XDG_CONFIG_HOME/stalonetrayrc`; null is `none`." // {
      example = {
        geometry = "3x1-600+0";
        decorations = null;
      };
    };
    extraConfig = option types.lines "" "Lines of the same file.";
  };

  config.xdg.configFile.stalonetrayrc = lib.mkIf (cfg.config != { } || cfg.extraConfig != "") {
    text = lib.mkMerge [
      (lib.mkIf (cfg.config != { }) (
        lib.concatStrings (lib.mapAttrsToList (name: value: "${name} ${valueText value}\n") cfg.config)
      ))
      (lib.mkIf (cfg.extraConfig != "") cfg.extraConfig)
    ];
  };

  unit = {
    Unit = {
      Description = "Stalonetray system tray";
      PartOf = [ "tray.target" ];
    };
    Service = {
      ExecStart = bin "stalonetray";
      Restart = "on-failure";
    };
    Install.WantedBy = [ "tray.target" ];
  };
}
