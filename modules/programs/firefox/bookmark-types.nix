# The types of bookmarks, folders and separators.
{ lib, ... }:

let
  inherit (lib) types mkOption;
  inherit (lib.hm.options) option;
in
rec {
  # A list of nodes, or a set of them whose order is that of the names. A set with `settings` that
  # is no node is the submodule of bookmarks.
  settingsType = types.coercedTo (types.addCheck (types.attrsOf nodeType) (
    nodes: !(nodes ? settings) || nodeType.check nodes.settings
  )) lib.attrValues (types.listOf nodeType);

  bookmarkSubmodule =
    types.submodule (
      { name, ... }:
      {
        options = {
          name = option types.str name "Name that is shown.";
          tags = option (types.listOf types.str) [ ] "Tags.";
          keyword = option (types.nullOr types.str) null "Keyword for the address bar.";
          url = mkOption {
            type = types.str;
            description = "Address, where `%s` stands for the search terms after the keyword.";
          };
        };
      }
    )
    // {
      description = "bookmark submodule";
    };

  bookmarkType = types.addCheck bookmarkSubmodule (value: value ? url);

  separatorType = types.enum [ "separator" ];

  directoryType =
    types.submodule (
      { name, ... }:
      {
        options = {
          name = option types.str name "Name of the folder.";
          bookmarks = option (types.listOf nodeType) [ ] "Nodes of the folder.";
          toolbar = option types.bool false "Whether this is the folder that the toolbar shows.";
        };
      }
    )
    // {
      description = "directory submodule";
    };

  nodeType = types.oneOf [
    bookmarkType
    directoryType
    separatorType
  ];
}
