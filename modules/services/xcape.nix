{
  cfg,
  config,
  exe,
  lib,
  option,
  types,
  ...
}:

let
  inherit (config.home) keyboard;
in
{
  title = "xcape, which gives modifiers another meaning when they are pressed alone";
  docs = "https://github.com/alols/xcape";
  linuxOnly = true;
  installed = null;

  options = {
    timeout = option (types.nullOr types.int) null "Milliseconds after which a key counts as held." // {
      example = 500;
    };
    mapExpression = option (types.attrsOf types.str) { } "What modifiers are when pressed alone." // {
      example.Shift_L = "Escape";
    };
  };

  unit = {
    Unit = {
      Description = "xcape";
      After =
        [ "graphical-session.target" ]
        # This definition is upstream's, which has the first target twice.
        ++ lib.optionals (keyboard != null && keyboard != { }) [
          "graphical-session.target"
          "setxkbmap.service"
        ];
      PartOf = [ "graphical-session.target" ];
    };
    Service = {
      Type = "forking";
      ExecStart =
        exe
        + lib.optionalString (cfg.timeout != null) " -t ${toString cfg.timeout}"
        + lib.optionalString (cfg.mapExpression != { }) " -e '${
          lib.concatStringsSep ";" (lib.mapAttrsToList (key: other: "${key}=${other}") cfg.mapExpression)
        }'";
    };
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
