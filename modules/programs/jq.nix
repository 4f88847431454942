{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.jq;

  # In the order that the variable has them.
  kinds = [
    "null"
    "false"
    "true"
    "numbers"
    "strings"
    "arrays"
    "objects"
    "objectKeys"
  ];

  colorOption = mkOption {
    type = types.str;
    example = "1;31";
    visible = false;
    description = "Parameters of an ANSI escape for colours.";
  };
in
{
  options.programs.jq = {
    enable = lib.mkEnableOption "jq";

    package = lib.hm.options.packageOption pkgs "jq" { nullable = true; };

    colors = mkOption {
      type = types.nullOr (types.submodule { options = lib.genAttrs kinds (_kind: colorOption); });
      default = null;
      example = lib.genAttrs kinds (_kind: "0;39");
      description = "Colours of the output; null leaves them to jq.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    home.sessionVariables = lib.mkIf (cfg.colors != null) {
      JQ_COLORS = lib.concatMapStringsSep ":" (kind: cfg.colors.${kind}) kinds;
    };
  };
}
