{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  modifiers = {
    "shift" = 131072;
    "ctrl" = 262144;
    "option" = 524288;
    "ctrl+option" = 786432;
    "ctrl+option+shift" = 917504;
    "command" = 1048576;
    "shift+command" = 1179648;
    "ctrl+option+command" = 1835008;
    "ctrl+option+shift+command" = 1966080;
  };
in
{
  title = "Rectangle, which places windows on macOS";
  docs = "https://github.com/rxhanson/Rectangle/blob/main/TerminalCommands.md";
  darwinOnly = true;

  options = {
    defaults = option (types.attrsOf types.anything) { } "Settings. See <https://github.com/rxhanson/Rectangle/blob/main/TerminalCommands.md>." // {
      example.gapSize = 8.0;
    };

    shortcuts = option (types.attrsOf (
      types.submodule {
        options = {
          keyCode = lib.mkOption {
            type = types.int;
            description = "Code of the key.";
          };
          modifierFlags = lib.mkOption {
            type = types.coercedTo (types.enum (lib.attrNames modifiers)) (name: modifiers.${name}) types.int;
            description = "Modifiers of the key: names or a sum of bits.";
          };
        };
      }
    )) { } "Keys by action." // {
      example.leftHalf = {
        keyCode = 123;
        modifierFlags = "ctrl+option+command";
      };
    };
  };

  config.home.file."Library/Preferences/com.knollsoft.Rectangle.plist" =
    lib.mkIf (cfg.defaults != { } || cfg.shortcuts != { })
      {
        source = pkgs.writeText "com.knollsoft.Rectangle.plist" (
          lib.generators.toPlist { escape = true; } (cfg.defaults // cfg.shortcuts) + "\n"
        );
      };
}
