{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.less;

  optionValue =
    let
      scalar = types.oneOf [
        types.bool
        types.int
        types.str
      ];
    in
    types.either scalar (types.listOf scalar);
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "programs" "less" "keys" ] [ "programs" "less" "config" ])
  ];

  options.programs.less = {
    enable = lib.mkEnableOption "the pager less";

    package = lib.hm.options.packageOption pkgs "less" { nullable = true; };

    config = mkOption {
      type = types.lines;
      default = "";
      example = ''
        #command
        s        back-line
      '';
      description = "Contents of {file}`$XDG_CONFIG_HOME/lesskey`.";
    };

    options = mkOption {
      type = types.coercedTo (types.attrsOf optionValue) (lib.cli.toCommandLineGNU { }) (
        types.listOf types.str
      );
      default = [ ];
      example = {
        RAW-CONTROL-CHARS = true;
        wheel-lines = 3;
      };
      description = "Command line options that less always has.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile.lesskey = lib.mkIf (cfg.config != "") { text = cfg.config; };

    programs.less.config = lib.mkIf (cfg.options != [ ]) (
      lib.mkBefore ''
        #env
        LESS = ${toString cfg.options}
      ''
    );
  };
}
