# The options of bookmarks, and the file that Firefox imports them from at its start.
{
  config,
  lib,
  pkgs,
  modulePath,
  ...
}:

let
  inherit (lib) escapeXML optionalString types;
  inherit (lib.hm.options) option;

  bookmarkTypes = import ./bookmark-types.nix { inherit lib; };

  indentation = level: lib.strings.replicate level "  ";

  bookmarkLine =
    level: bookmark:
    indentation level
    + ''<DT><A HREF="${escapeXML bookmark.url}" ADD_DATE="1" LAST_MODIFIED="1"''
    + optionalString (bookmark.keyword != null) " SHORTCUTURL=\"${escapeXML bookmark.keyword}\""
    + optionalString (
      bookmark.tags != [ ]
    ) " TAGS=\"${escapeXML (lib.concatStringsSep "," bookmark.tags)}\""
    + ">${escapeXML bookmark.name}</A>";

  folderHeading =
    folder:
    if folder.toolbar then
      ''<H3 ADD_DATE="1" LAST_MODIFIED="1" PERSONAL_TOOLBAR_FOLDER="true">Bookmarks Toolbar''
    else
      ''<H3 ADD_DATE="1" LAST_MODIFIED="1">${escapeXML folder.name}'';

  folderLines = level: folder: ''
    ${indentation level}<DT>${folderHeading folder}</H3>
    ${indentation level}<DL><p>
    ${nodeLines (level + 1) folder.bookmarks}
    ${indentation level}</DL><p>'';

  nodeText =
    level: node:
    if node == "separator" then
      "${indentation level}<HR>"
    else if node ? url then
      bookmarkLine level node
    else
      folderLines level node;

  nodeLines = level: nodes: lib.concatMapStringsSep "\n" (nodeText level) nodes;

  bookmarksFile = pkgs.writeText "bookmarks.html" ''
    <!DOCTYPE NETSCAPE-Bookmark-file-1>
    <!-- This is an automatically generated file.
      It will be read and overwritten.
      DO NOT EDIT! -->
    <META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
    <TITLE>Bookmarks</TITLE>
    <H1>Bookmarks Menu</H1>
    <DL><p>
    ${nodeLines 1 config.settings}
    </DL>
  '';
in
{
  imports = [ ../../misc/assertions.nix ];

  options = {
    _legacySettings =
      option (types.nullOr types.str) null "The form of bookmarks that were given without `settings`."
      // {
        visible = false;
      };

    enable = option types.bool (config.settings != [ ]) "Whether there are bookmarks." // {
      internal = true;
    };

    force = option types.bool false "Whether to replace all earlier bookmarks.";

    settings = option bookmarkTypes.settingsType [ ] "Bookmarks, folders and `\"separator\"`." // {
      example = [
        {
          name = "wikipedia";
          keyword = "wiki";
          url = "https://en.wikipedia.org/wiki/Special:Search?search=%s";
        }
      ];
    };

    configFile =
      option (types.nullOr types.path) (
        if config.enable then bookmarksFile else null
      ) "The file of the bookmarks, as HTML.";
  };

  config.assertions = [
    {
      assertion = config.enable -> config.force;
      message = ''
        Using '${lib.showAttrPath (modulePath ++ [ "settings" ])}' will override all previous bookmarks.
        Enable ${lib.showAttrPath (modulePath ++ [ "force" ])}' to acknowledge this.
      '';
    }
  ];
}
