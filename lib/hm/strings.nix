{ lib }:

let
  matches = pattern: string: builtins.match pattern string != null;

  separateWords =
    separator: string:
    lib.removePrefix separator (
      lib.concatMapStrings (
        part: if builtins.isString part then part else separator + lib.toLower (builtins.head part)
      ) (builtins.split "([A-Z])" string)
    );

  # The dash is left out on purpose: before a digit it would start a version.
  notStoreNameCharacter = "[^][a-zA-Z0-9+._?=]|[][]";
in
{
  # A name under which a file with this path can lie in the store.
  storeFileName =
    path:
    "hm_" + lib.concatStrings (builtins.filter builtins.isString (builtins.split notStoreNameCharacter path));

  toCaseWithSeparator = separateWords;
  toSnakeCase = separateWords "_";
  toKebabCase = separateWords "-";

  isCamelCase = matches "[a-z]+([A-Z][a-z0-9]*)+";
  isPascalCase = matches "[A-Z][a-z0-9]*([A-Z][a-z0-9]*)*";
  isSnakeCase = matches "[a-z0-9]+(_[a-z0-9]+)*";
  isKebabCase = matches "[a-z0-9]+(-[a-z0-9]+)*";
  isScreamingSnakeCase = matches "[A-Z0-9]+(_[A-Z0-9]+)*";

  # Whether a value stands for a file rather than for text.
  isPathLike =
    value:
    builtins.isPath value
    || (builtins.isString value && lib.hasPrefix "${builtins.storeDir}/" value)
    || lib.isDerivation value;
}
