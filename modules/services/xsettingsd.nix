{
  bin,
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  valueText =
    value:
    if lib.isBool value then
      (if value then "1" else "0")
    else if lib.isInt value then
      toString value
    else
      ''"${value}"'';
in
{
  title = "xsettingsd, which gives settings to programs of X";
  docs = "https://codeberg.org/derat/xsettingsd";
  linuxOnly = true;
  installed = null;

  options = {
    settings = option (types.attrsOf (
      types.oneOf [
        types.bool
        types.int
        types.str
      ]
    )) { } "The settings." // {
      example = {
        "Net/ThemeName" = "Numix";
        "Xft/Antialias" = true;
      };
    };
    configFile = lib.mkOption {
      type = types.nullOr types.package;
      internal = true;
      readOnly = true;
      default =
        if cfg.settings == { } then
          null
        else
          pkgs.writeText "xsettingsd.conf" (
            lib.concatStrings (lib.mapAttrsToList (name: value: "${name} ${valueText value}\n") cfg.settings)
          );
      description = "The file with the settings.";
    };
  };

  unit =
    lib.recursiveUpdate
      (lib.hm.services.graphicalUnit "xsettingsd" {
        Environment = [ "PATH=${config.home.profileDirectory}/bin" ];
        ExecStart =
          bin "xsettingsd"
          + lib.optionalString (cfg.configFile != null) " -c ${lib.escapeShellArg cfg.configFile}";
        Restart = "on-abort";
      })
      {
        Unit.After = [ "graphical-session-pre.target" ];
      };
}
