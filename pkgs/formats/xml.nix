# XML in the BadgerFish convention: names that begin with "@" are attributes, "#text" is the
# text, and a list stands for several elements of one name.
{ lib, pkgs }:

{
  format ? "badgerfish",
  withHeader ? true,
}:
let
  inherit (builtins)
    concatMap
    concatStringsSep
    filter
    isBool
    isList
    length
    replaceStrings
    ;
  inherit (lib) hasPrefix;
  inherit (import ./values.nix { inherit lib; }) kindOf textOf;

  escapeText = replaceStrings [ "&" ">" "<" ] [ "&amp;" "&gt;" "&lt;" ];

  attribute =
    value:
    let
      escaped = replaceStrings [ "\n" "\r" "\t" ] [ "&#10;" "&#13;" "&#9;" ] (escapeText value);
    in
    if !(lib.hasInfix "\"" escaped) then
      "\"${escaped}\""
    else if !(lib.hasInfix "'" escaped) then
      "'${escaped}'"
    else
      "\"${replaceStrings [ "\"" ] [ "&quot;" ] escaped}\"";

  scalar =
    value:
    let
      kind = kindOf value;
    in
    if kind == "null" then
      ""
    else if isBool value then
      lib.boolToString value
    else if kind == "string" then
      textOf value
    else
      builtins.toJSON value;

  isSet = value: kindOf value == "set";

  # The lines of all elements of one name.
  elements =
    indent: name: value:
    if isList value then
      concatMap (element indent name) value
    else
      element indent name value;

  element =
    indent: name: value:
    let
      names = if isSet value then builtins.attrNames value else [ ];
      attributes = filter (hasPrefix "@") names;
      children = filter (child: !(hasPrefix "@" child) && child != "#text") names;
      text = if isSet value then scalar (value."#text" or null) else scalar value;
      opening =
        "<${name}"
        + lib.concatMapStrings (
          child: " ${lib.removePrefix "@" child}=${attribute (scalar value.${child})}"
        ) attributes
        + ">";
      inner = concatMap (child: elements "${indent}  " child value.${child}) children;
    in
    if inner == [ ] then
      [ "${indent}${opening}${escapeText text}</${name}>" ]
    else
      # The text of an element follows the elements in it.
      [ "${indent}${opening}" ] ++ inner ++ [ "${escapeText text}${indent}</${name}>" ];
in
if format != "badgerfish" then
  throw "pkgs.formats.xml: Unknown format: ${format}"
else
  {
    type = lib.types.attrsOf (lib.types.serializableValueWith { typeName = "XML"; }) // {
      description = "XML value";
    };

    generate =
      name: value:
      if withHeader && length (builtins.attrNames value) != 1 then
        throw "An XML document has exactly one root element"
      else
        pkgs.writeText name (
          lib.optionalString withHeader "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
          + concatStringsSep "\n" (
            concatMap (root: elements "" root value.${root}) (builtins.attrNames value)
          )
          + "\n"
        );
  }
