{
  cfg,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  scalarOrList = types.either types.str (
    types.either types.bool (types.either types.int (types.listOf types.str))
  );
in
{
  title = "grobi, which sets up displays by those that are there";
  docs = "https://github.com/fd0/grobi";
  linuxOnly = true;
  installed = null;

  options = {
    executeAfter = option (types.listOf types.str) [ ] "Commands after displays are set up." // {
      example = [ "setxkbmap dvorak" ];
    };
    rules = option (types.listOf (types.attrsOf scalarOrList)) [ ] "Rules, the first of which that fits is used." // {
      example = [
        {
          name = "Home";
          outputs_connected = [ "DP-2" ];
          configure_single = "DP-2";
        }
      ];
    };
  };

  config.xdg.configFile."grobi.conf".text = builtins.toJSON {
    execute_after = cfg.executeAfter;
    inherit (cfg) rules;
  };

  unit = lib.hm.services.graphicalUnit "grobi display auto config daemon" {
    Type = "simple";
    ExecStart = "${exe} watch -v";
    Restart = "always";
    RestartSec = "2s";
    Environment = [
      "PATH=${
        lib.concatMapStringsSep ":" (name: "${pkgs.${name}}/bin") (
          lib.filter (name: pkgs.${name} or null != null) [
            "xrandr"
            "bash"
          ]
        )
      }"
    ];
  };
}
