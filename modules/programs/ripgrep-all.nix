{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  required = type: description: lib.mkOption { inherit type description; };
  optional = type: option (types.nullOr type) null;
  words = types.listOf types.str;
in
{
  title = "ripgrep-all, which searches in documents and archives";
  docs = "https://github.com/phiresky/ripgrep-all/wiki";

  files.custom_adapters = {
    format = "json";
    type = types.listOf (
      types.submodule {
        options = {
          name = required types.str "Name of the adapter.";
          version = option types.int 1 "Version of the adapter: change it when what it prints changes.";
          description = required types.str "What the adapter does.";
          extensions = required words "Extensions of the files that it reads." // {
            example = [ "pdf" ];
          };
          mimetypes = optional words "MIME types of the files that it reads." // {
            example = [ "application/pdf" ];
          };
          binary = required types.path "Program of the adapter.";
          args = option words [ ] "Arguments of the program.";
          disabled_by_default = optional types.bool "Whether the adapter is used only if it is asked for.";
          match_only_by_mime = optional types.bool "Whether the MIME type alone chooses the adapter.";
          output_path_hint = optional types.str "Name of what it prints, which chooses further adapters." // {
            example = "\${input_virtual_path}.txt.asciipagebreaks";
          };
        };
      }
    );
    default = [ ];
    empty = [ ];
    storeName = "ripgrep-all";
    xdg = "ripgrep-all/config.jsonc";
    darwin = "Library/Application Support/ripgrep-all/config.jsonc";
    description = "Adapters for further kinds of files. See <https://github.com/phiresky/ripgrep-all/wiki>.";
    prepare = adapters: {
      "$schema" = "./config.schema.json";
      custom_adapters = map (lib.filterAttrs (_name: value: value != null)) adapters;
    };
  };
}
