{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.qt.kvantum;

  format = pkgs.formats.ini {
    listToValue = lib.concatMapStringsSep ", " (lib.generators.mkValueStringDefault { });
  };

  atom = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
    ]
  );

  section = types.attrsOf (types.either atom (types.listOf atom));
in
{
  options.qt.kvantum = {
    enable = lib.mkEnableOption "settings of Kvantum";

    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf section;
        options = {
          General = mkOption {
            type = types.submodule {
              freeformType = section;
              options.theme = mkOption {
                type = types.nullOr types.str;
                default = null;
                example = "KvArc";
                description = "The theme.";
              };
            };
            default = { };
            description = "General settings.";
          };

          Applications = mkOption {
            type = types.attrsOf (types.listOf types.str);
            default = { };
            example.KvArc = [ "dolphin" ];
            description = "Applications that have a theme of their own, by the theme.";
          };
        };
      };
      default = { };
      description = "Contents of {file}`$XDG_CONFIG_HOME/Kvantum/kvantum.kvconfig`.";
    };

    themes = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with themes.";
    };
  };

  config = lib.mkIf cfg.enable {
    xdg.configFile = {
      "Kvantum" = lib.mkIf (cfg.themes != [ ]) {
        recursive = true;
        source = pkgs.symlinkJoin {
          name = "kvantum-themes";
          paths = cfg.themes;
          stripPrefix = "/share/Kvantum";
        };
      };

      "Kvantum/kvantum.kvconfig" = lib.mkIf (cfg.settings != { }) {
        source = format.generate "kvantum-config" cfg.settings;
      };
    };
  };
}
