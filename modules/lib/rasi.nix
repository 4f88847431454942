# Rasi, the language of rofi's configuration and themes: the text of a set. A value of the type
# "literal" is written without quotes.
{ lib }:

let
  inherit (lib) concatStringsSep filterAttrs mapAttrsToList;

  isLiteral = value: (value._type or "") == "literal";
  isSection = value: lib.isAttrs value && !isLiteral value;
  withoutNull = filterAttrs (_name: value: value != null);

  valueText =
    value:
    if lib.isBool value then
      lib.boolToString value
    else if lib.isInt value then
      toString value
    else if isLiteral value then
      value.value
    else if lib.isString value then
      ''"${value}"''
    else if lib.isList value then
      "[ ${concatStringsSep "," (map valueText value)} ]"
    else
      abort "A value of type ${builtins.typeOf value} cannot be written in rasi.";

  fields = set: concatStringsSep "\n" (mapAttrsToList field (withoutNull set));

  field =
    name: value:
    if isSection value then "${name} {\n${fields value}\n}" else "${name}: ${valueText value};";

  topLevel =
    name: value:
    if isSection value then "${name} {\n${fields value}\n}\n" else "${name} ${valueText value}\n";

  # These must be above everything else.
  directives = [
    "@theme"
    "@import"
  ];
in
set:
concatStringsSep "\n" (
  lib.concatMap (mapAttrsToList topLevel) (
    map (name: filterAttrs (other: _value: other == name) set) directives
    ++ [ (removeAttrs set directives) ]
  )
)
