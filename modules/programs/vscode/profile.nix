# The type of a profile of the editor.
{ lib, jsonFormat }:

let
  inherit (lib) mkOption types;

  contents =
    file:
    mkOption {
      type = types.either types.path jsonFormat.type;
      default = { };
      description = "Contents of the profile's {file}`${file}`, or a file with them.";
    };

  check =
    what:
    mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether there is a look for new versions of ${what}. Only the profile `default` has this.";
    };

  snippets =
    description:
    mkOption {
      inherit (jsonFormat) type;
      default = { };
      inherit description;
    };

  optional =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
in
types.submodule {
  options = {
    userSettings = contents "settings.json" // {
      example."files.autoSave" = "off";
    };
    userTasks = contents "tasks.json";
    userMcp = contents "mcp.json";

    enableMcpIntegration = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the servers of {option}`programs.mcp.servers` are used.";
    };

    keybindings = mkOption {
      type = types.either types.path (
        types.listOf (
          types.submodule {
            freeformType = jsonFormat.type;
            options = {
              key = mkOption {
                type = types.str;
                example = "ctrl+c";
                description = "The keys.";
              };

              command = mkOption {
                type = types.str;
                example = "editor.action.clipboardCopyAction";
                description = "The command.";
              };

              when = optional types.str "When the keys have this meaning.";
              args = optional jsonFormat.type "Arguments of the command.";
            };
          }
        )
      );
      default = [ ];
      description = "Contents of the profile's {file}`keybindings.json`, or a file with them.";
    };

    extensions = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.vscode-extensions.bbenoist.nix ]";
      description = "Extensions.";
    };

    languageSnippets = snippets "Snippets for single languages, by language.";
    globalSnippets = snippets "Snippets for all languages.";

    enableUpdateCheck = check "the editor";
    enableExtensionUpdateCheck = check "extensions";
  };
}
