# The types of fish's functions, abbreviations, key bindings, completions and plugins.
{ lib }:

let
  inherit (lib) mkOption types;

  nullable = type: description: mkOption {
    type = types.nullOr type;
    default = null;
    inherit description;
  };

  text = nullable types.str;
  textOrList = nullable (types.either types.str (types.listOf types.str));
  textOrNumber = nullable (types.either types.str types.int);

  scriptBody = mkOption {
    type = types.lines;
    description = "Text of the script.";
  };

  flag = description: lib.mkEnableOption description;

  bindMode = nullable (
    types.either (types.enum [
      "default"
      "insert"
      "paste"
    ]) types.str
  );
in
{
  function = types.submodule {
    options = {
      body = scriptBody;
      argumentNames = textOrList "Names for the arguments.";
      description = text "Text that completion shows.";
      wraps = text "Command whose completions it has.";
      onEvent = textOrList "Events that call it.";
      onVariable = text "Variable whose change calls it.";
      onJobExit = textOrNumber "Job whose end calls it.";
      onProcessExit = textOrNumber "Process whose end calls it." // { example = "$fish_pid"; };
      onSignal = textOrNumber "Signal that calls it." // { example = "HUP"; };
      inheritVariable = text "Variable whose value at the definition it keeps.";

      noScopeShadowing = mkOption {
        type = types.bool;
        default = false;
        description = "Whether it sees the local variables of its caller.";
      };
    };
  };

  completion = types.submodule { options.body = scriptBody; };

  abbreviation = types.submodule {
    options = {
      name = text "Its name, if not that of the attribute.";
      expansion = text "What it is replaced with.";
      position = text "Where it is replaced." // { example = "anywhere"; };
      regex = text "Pattern of the words to replace, in place of the name.";
      command = textOrList "Commands whose arguments it is limited to.";
      function = text "Function that gives the replacement.";

      setCursor = mkOption {
        type = types.either types.bool types.str;
        default = false;
        description = "Whether the cursor goes to `%` in the replacement, or to the marker given.";
      };
    };
  };

  bind = types.submodule (
    { config, ... }:
    {
      options = {
        enable = flag "the binding" // {
          default = true;
        };
        name = text "The key, if not that of the attribute.";
        mode = bindMode "Mode in which it is bound.";
        setsMode = bindMode "Mode to change to.";
        operate = nullable (types.enum [
          "preset"
          "user"
        ]) "Which set of bindings to change.";
        erase = flag "removal of the present binding";
        silent = flag "silence about unknown keys";
        repaint = flag "a new prompt after the command";

        command =
          let
            commandType = types.nullOr (types.either types.str (types.listOf types.str));
          in
          mkOption {
            type = commandType // {
              description = "string or list of string (optional when erase is set to true)";
              check = value: (config.erase || value != null) && commandType.check value;
            };
            default = null;
            description = "Commands to run.";
          };
      };
    }
  );

  plugin = types.submodule {
    options = {
      name = mkOption {
        type = types.str;
        description = "Name of the plugin.";
      };

      src = mkOption {
        type = types.path;
        description = "Directory with the plugin's functions, completions and scripts.";
      };
    };
  };
}
