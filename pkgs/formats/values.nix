# What the formats of nested values have in common.
{ lib }:

let
  inherit (builtins)
    isAttrs
    isPath
    typeOf
    ;
in
{
  # The kind of a value, as it comes out of JSON: things with a path are strings.
  kindOf =
    value:
    let
      type = typeOf value;
    in
    if type == "path" then
      "string"
    else if type == "set" && (value ? outPath || value ? __toString) then
      "string"
    else
      type;

  # The text of a value of the kind "string". Paths are copied into the store.
  textOf = value: if isPath value || isAttrs value then "${value}" else value;

  # The attributes of a set, in Nix's own order.
  pairsOf = lib.attrsToList;

  # A floating point number with digits only, even if JSON would write an exponent.
  decimal =
    number:
    let
      text = builtins.toJSON number;
      parts = builtins.match "(-?)([0-9]+)\\.?([0-9]*)[eE]([-+]?)0*([0-9]+)" text;
      part = builtins.elemAt parts;
      sign = part 0;
      whole = part 1;
      fraction = part 2;
      exponent = builtins.fromJSON (part 4);
      digits = whole + fraction;
      zeros = count: lib.strings.replicate count "0";
      # How many of the digits stand before the point.
      point = builtins.stringLength whole + (if part 3 == "-" then -exponent else exponent);
      size = builtins.stringLength digits;
    in
    if parts == null then
      text
    else if point <= 0 then
      "${sign}0.${zeros (-point)}${digits}"
    else if point >= size then
      "${sign}${digits}${zeros (point - size)}.0"
    else
      "${sign}${builtins.substring 0 point digits}.${builtins.substring point (-1) digits}";

  utf8 = import ./utf8.nix { inherit lib; };
}
