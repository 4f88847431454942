{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.xresources;

  primitive =
    with types;
    oneOf [
      bool
      int
      float
      str
    ];

  atom =
    value:
    if lib.isBool value then
      lib.boolToString value
    else if lib.isList value then
      throw "can not convert 2-dimensional lists to Xresources format"
    else
      toString value;

  line =
    name: value: "${name}: ${if lib.isList value then lib.concatMapStringsSep ", " atom value else atom value}";

  properties = if cfg.properties == null then { } else cfg.properties;

  merge = "${lib.hm.options.programPath (pkgs.xrdb or null) "xrdb"} -merge ${cfg.path}";
in
{
  options.xresources = {
    properties = mkOption {
      type = types.nullOr (types.attrsOf (types.either primitive (types.listOf primitive)));
      default = null;
      example = {
        "Emacs*toolBar" = 0;
        "XTerm*faceName" = "dejavu sans mono";
      };
      description = "Resources of the X server. The values of a list are separated by commas.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of the file.";
    };

    path = mkOption {
      type = types.str;
      default = "${config.home.homeDirectory}/.Xresources";
      defaultText = "$HOME/.Xresources";
      description = "Where the file is.";
    };
  };

  config = lib.mkIf (properties != { } || cfg.extraConfig != "") {
    home.file.${cfg.path} = {
      text = lib.concatLines (
        lib.optional (cfg.extraConfig != "") cfg.extraConfig ++ lib.mapAttrsToList line properties
      );
      onChange = ''
        if [[ -v DISPLAY ]]; then
          ${merge}
        fi
      '';
    };

    xsession.profileExtra = merge;
  };
}
