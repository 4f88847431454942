{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  text = example: description: option types.str "" description // { inherit example; };
  fraction = description: option (types.nullOr (types.numbers.between 0 1)) null description // { example = 0.5; };
in
{
  title = "wlogout, a menu that ends the session";
  docs = "https://github.com/ArtsyMacaw/wlogout";
  linuxOnly = true;

  options = {
    layout =
      option (types.listOf (
        types.submodule {
          freeformType = (pkgs.formats.json { }).type;
          options = {
            label = text "shutdown" "Name of the button, for the style.";
            action = option (types.either types.path types.str) "" "Command of the button." // {
              example = "systemctl poweroff";
            };
            text = text "Shutdown" "Text of the button.";
            keybind = text "s" "Key of the button.";
            height = fraction "Height of the text, as a part of the button.";
            width = fraction "Width of the text, as a part of the button.";
            circular = option (types.nullOr types.bool) null "Whether the button is round." // {
              example = true;
            };
          };
        }
      )) [ ] "Buttons. See {manpage}`wlogout(5)`."
      // {
        example = [
          {
            label = "shutdown";
            action = "systemctl poweroff";
            text = "Shutdown";
            keybind = "s";
          }
        ];
      };

    style = option (types.nullOr (types.either types.path types.lines)) null "Style, as CSS or a file of it." // {
      example = ''
        window { background: #16191c; }
      '';
    };
  };

  config.xdg.configFile = {
    "wlogout/layout" = lib.mkIf (cfg.layout != [ ]) {
      source = pkgs.writeText "wlogout-layout" (
        lib.concatMapStrings (
          button: builtins.toJSON (lib.filterAttrs (_name: value: value != null) button) + "\n"
        ) cfg.layout
      );
    };

    "wlogout/style.css" = lib.mkIf (cfg.style != null) {
      source =
        if lib.isPath cfg.style || lib.isStorePath cfg.style then
          cfg.style
        else
          pkgs.writeText "wlogout-style.css" cfg.style;
    };
  };
}
