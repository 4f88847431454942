# swaynag, the bar with which Sway tells of errors.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types;

  cfg = config.wayland.windowManager.sway.swaynag;

  value =
    types.nullOr (
      types.oneOf [
        types.bool
        types.int
        types.float
        types.str
      ]
    )
    // {
      description = "Swaynag config atom (null, bool, int, float, str)";
    };
in
{
  options.wayland.windowManager.sway.swaynag = {
    enable = lib.mkEnableOption "the configuration of swaynag";

    settings = lib.mkOption {
      type = types.attrsOf (types.attrsOf value);
      default = { };
      example = lib.literalExpression ''
        {
          "<config>".edge = "bottom";
          green.text = "001F00";
        }
      '';
      description = "Contents of {file}`$XDG_CONFIG_HOME/swaynag/config`. See {manpage}`swaynag(5)`.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "wayland.windowManager.sway.swaynag" pkgs lib.platforms.linux)
    ];

    xdg.configFile."swaynag/config" = lib.mkIf (cfg.settings != { }) {
      source = (pkgs.formats.ini { }).generate "swaynag.conf" cfg.settings;
    };
  };
}
