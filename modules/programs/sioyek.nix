{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  lines = lib.generators.toKeyValue {
    mkKeyValue = name: value: "${name} ${value}";
    listsAsDuplicateKeys = true;
  };

  commands = cfg.config.startup_commands;
  settings =
    cfg.config
    // lib.optionalAttrs (lib.isList commands && commands != [ ]) {
      startup_commands = lib.concatStringsSep ";" commands;
    };
in
{
  title = "Sioyek, which shows papers and books";
  docs = "https://sioyek-documentation.readthedocs.io/en/latest/configuration.html";

  options = {
    bindings = option (types.attrsOf (types.either types.str (types.listOf types.str))) { } "Keys by command. See <https://sioyek-documentation.readthedocs.io/en/latest/configuration.html>." // {
      example = {
        move_up = "k";
        screen_down = [
          "d"
          "<C-d>"
        ];
      };
    };

    config =
      option (types.submodule {
        freeformType = types.attrsOf types.str;

        options.startup_commands =
          option (types.either types.str (types.listOf types.str)) [ ] "Commands at the start."
          // {
            apply =
              value:
              lib.warnIf (lib.isString value)
                "`programs.sioyek.config.startup_commands` should now be a list of strings instead of a string."
                value;
            example = [ "toggle_dark_mode" ];
          };
      }) { } "Preferences. See <https://sioyek-documentation.readthedocs.io/en/latest/configuration.html>."
      // {
        example.background_color = "1.0 1.0 1.0";
      };
  };

  config.xdg.configFile = {
    "sioyek/prefs_user.config" = lib.mkIf (settings != { }) { text = lines settings; };
    "sioyek/keys_user.config" = lib.mkIf (cfg.bindings != { }) { text = lines cfg.bindings; };
  };
}
