# The property files of Java, in ASCII.
{ lib, pkgs }:

{
  comment ? "Generated with Nix",
  boolToString ? lib.boolToString,
}:
let
  inherit (builtins) replaceStrings;
  inherit (lib) types;
  inherit (import ./values.nix { inherit lib; }) utf8;

  escape = replaceStrings [ "\\" "\n" "#" "!" "\t" "\r" ] [ "\\\\" "\\n\\\n" "\\#" "\\!" "\\t" "\\r" ];

  escapeKey = key: replaceStrings [ " " "=" ] [ "\\ " "\\=" ] (escape key);

  # A blank at the start of a line would be skipped.
  escapeValue =
    value:
    let
      escaped = replaceStrings [ "\n " ] [ "\n\\ " ] (escape value);
    in
    if lib.hasPrefix " " escaped then "\\${escaped}" else escaped;

  # UTF-16 code units of a character that is not ASCII.
  ascii =
    text:
    lib.concatMapStrings (
      character: if builtins.stringLength character == 1 then character else unicodeEscape character
    ) (utf8.characters text);

  unicodeEscape =
    character:
    let
      code = utf8.codePoint character;
      unit = number: "\\u${lib.fixedWidthString 4 "0" (lib.toLower (lib.toHexString number))}";
      above = code - 65536;
    in
    if code < 65536 then
      unit code
    else
      unit (55296 + above / 1024) + unit (56320 + above - above / 1024 * 1024);

  element =
    types.oneOf [
      (types.coercedTo types.package toString types.str)
      (types.coercedTo types.bool boolToString types.str)
      (types.coercedTo types.int toString types.str)
      (types.coercedTo types.float toString types.str)
    ]
    // {
      description = "string, package, bool, int or float";
    };
in
{
  type = types.attrsOf element;

  generate =
    name: value:
    pkgs.writeText name (
      lib.concatMapStrings (line: "# ${line}\n") (lib.splitString "\n" comment)
      + "\n"
      + ascii (
        lib.concatStrings (
          lib.mapAttrsToList (key: text: "${escapeKey key} = ${escapeValue text}\n") value
        )
      )
    );
}
