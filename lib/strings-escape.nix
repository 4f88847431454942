# Quoting for shells, Nix, regular expressions, URLs and XML.
{ lib }:

let
  inherit (builtins)
    attrNames
    attrValues
    concatStringsSep
    elem
    genList
    isAttrs
    isList
    match
    replaceStrings
    stringLength
    substring
    toJSON
    ;

  ascii = import ./ascii.nix;

  # Both digits, in upper case.
  hexByte =
    code:
    let
      digit = index: substring index 1 "0123456789ABCDEF";
    in
    digit (code / 16) + digit (code - code / 16 * 16);

  escape = characters: replaceStrings characters (map (character: "\\${character}") characters);

  escapeShellArg =
    value:
    let
      string = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" string == null then
      "'${replaceStrings [ "'" ] [ "'\\''" ] string}'"
    else
      string;

  escapeShellArgs = values: concatStringsSep " " (map escapeShellArg values);

  escapeNixString = string: replaceStrings [ "$" ] [ "\\$" ] (toJSON string);

  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;

  # A declaration for bash: sets become associative arrays and lists indexed ones.
  toShellVar =
    name: value:
    if !isValidPosixName name then
      throw "toShellVar: ${name} is not a valid shell variable name"
    else if isAttrs value && !lib.strings.isStringLike value then
      let
        entry = key: item: "[${escapeShellArg key}]=${escapeShellArg item}";
      in
      "declare -A ${name}=(${concatStringsSep " " (lib.attrsets.mapAttrsToList entry value)})"
    else if isList value then
      "declare -a ${name}=(${escapeShellArgs value})"
    else
      "${name}=${escapeShellArg value}";

  keywords = [
    "assert"
    "else"
    "if"
    "in"
    "inherit"
    "let"
    "or"
    "rec"
    "then"
    "with"
  ];

  characters = string: genList (index: substring index 1 string) (stringLength string);

  # Everything but letters, digits, and what RFC 3986 leaves unreserved.
  reserved = removeAttrs ascii (
    characters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
  );
in
{
  inherit
    escape
    escapeNixString
    escapeShellArg
    escapeShellArgs
    isValidPosixName
    toShellVar
    ;

  charToInt = character: ascii.${character};

  escapeC =
    list:
    replaceStrings list (
      map (character: "\\x${lib.strings.toLower (hexByte ascii.${character})}") list
    );

  escapeURL = replaceStrings (attrNames reserved) (map (code: "%${hexByte code}") (attrValues reserved));

  toShellVars =
    variables: concatStringsSep "\n" (lib.attrsets.mapAttrsToList toShellVar variables);

  escapeRegex = escape (characters "\\[{()^$?*+|.");

  escapeNixIdentifier =
    name:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" name != null && !(elem name keywords) then
      name
    else
      escapeNixString name;

  escapeXML = replaceStrings
    [
      "\""
      "'"
      "<"
      ">"
      "&"
    ]
    [
      "&quot;"
      "&apos;"
      "&lt;"
      "&gt;"
      "&amp;"
    ];
}
