# Values in the text form of GVariant, as dconf and GNOME's settings use them.
{ lib }:

let
  inherit (builtins)
    head
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isString
    ;

  type = {
    arrayOf = elem: "a${elem}";
    maybeOf = elem: "m${elem}";
    tupleOf = elems: "(${lib.concatStrings elems})";
    dictionaryEntryOf = elems: "{${lib.concatStrings elems}}";
    string = "s";
    boolean = "b";
    uchar = "y";
    int16 = "n";
    uint16 = "q";
    int32 = "i";
    uint32 = "u";
    int64 = "x";
    uint64 = "t";
    double = "d";
    variant = "v";
  };

  # `show` makes the text of a value whose type it does not need to name.
  make = show: signature: value: {
    _type = "gvariant";
    type = signature;
    inherit value;
    __toString = self: show self;
  };

  annotated = show: make (self: "@${self.type} ${show self.value}");
  plain = show: make (self: show self.value);
  joined = lib.concatMapStringsSep "," toString;

  isGVariant = value: value._type or "" == "gvariant";

  # The signature of a Nix value; "" if it has none.
  typeOf =
    value:
    if isBool value then
      type.boolean
    else if isInt value then
      type.int32
    else if isFloat value then
      type.double
    else if isString value then
      type.string
    else if isList value then
      let
        elem = if value == [ ] then "" else typeOf (head value);
      in
      if elem == "" then "" else type.arrayOf elem
    else if isAttrs value && value ? type then
      value.type
    else
      "";

  # The GVariant value closest to a Nix value, or null.
  mkValue =
    value:
    if isBool value then
      mkBoolean value
    else if isInt value then
      mkInt32 value
    else if isFloat value then
      mkDouble value
    else if isString value then
      mkString value
    else if isList value then
      mkArray (if value == [ ] then type.string else typeOf (head value)) value
    else if isAttrs value && isGVariant value then
      value
    else
      null;

  mkArray =
    elem: values: annotated (vs: "[${joined vs}]") (type.arrayOf elem) (map mkValue values);

  mkBoolean = plain lib.boolToString type.boolean;
  mkInt32 = plain toString type.int32;
  mkDouble = plain toString type.double;

  mkString = plain (
    text: "'${builtins.replaceStrings [ "\n" ] [ "\\n" ] (lib.escape [ "'" "\\" ] text)}'"
  ) type.string;

  mkMaybe =
    elem:
    make (
      self: if self.value == null then "@${self.type} nothing" else "just ${toString self.value}"
    ) (type.maybeOf elem);
in
{
  inherit
    type
    typeOf
    isGVariant
    mkValue
    mkArray
    mkBoolean
    mkString
    mkInt32
    mkDouble
    ;

  isArray = lib.hasPrefix "a";
  isDictionaryEntry = lib.hasPrefix "{";
  isMaybe = lib.hasPrefix "m";
  isTuple = lib.hasPrefix "(";

  mkEmptyArray = elem: mkArray elem [ ];

  mkVariant = value: annotated (v: "<${toString v}>") type.variant (mkValue value);

  mkDictionaryEntry =
    elems:
    let
      values = map mkValue elems;
    in
    annotated (vs: "{${joined vs}}") (type.dictionaryEntryOf (map (v: v.type) values)) values;

  mkTuple =
    elems:
    let
      values = map mkValue elems;
    in
    annotated (vs: "(${joined vs})") (type.tupleOf (map (v: v.type) values)) values;

  mkNothing = elem: mkMaybe elem null;

  mkJust =
    elem:
    let
      value = mkValue elem;
    in
    mkMaybe value.type value;

  mkObjectpath = plain (path: "objectpath '${lib.escape [ "'" ] path}'") type.string;

  mkUchar = annotated toString type.uchar;
  mkInt16 = annotated toString type.int16;
  mkUint16 = annotated toString type.uint16;
  mkUint32 = annotated toString type.uint32;
  mkInt64 = annotated toString type.int64;
  mkUint64 = annotated toString type.uint64;
}
