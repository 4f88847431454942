# GVariant values as nixpkgs' library has them. It is stricter than `lib.hm.gvariant`, which
# most options of home modules take: numbers have to say their size, lists must not be empty
# and have elements of one type.
{ lib }:

let
  inherit (builtins)
    all
    filter
    head
    isAttrs
    isInt
    isList
    ;
  lenient = import ./hm/gvariant.nix { inherit lib; };
  inherit (lenient) isGVariant;

  type = lenient.type // {
    dictionaryEntryOf = name: value: "{${name}${value}}";
  };

  # The constructors of integers, with the smallest and the largest that each can hold.
  intConstructors = map
    (fields: {
      name = builtins.elemAt fields 0;
      type = type.${builtins.elemAt fields 1};
      min = builtins.elemAt fields 2;
      max = builtins.elemAt fields 3;
    })
    [
      [ "mkInt32" "int32" (-2147483648) 2147483647 ]
      [ "mkUint32" "uint32" 0 4294967295 ]
      [ "mkInt64" "int64" null null ]
      [ "mkUint64" "uint64" 0 null ]
      [ "mkInt16" "int16" (-32768) 32767 ]
      [ "mkUint16" "uint16" 0 65535 ]
      [ "mkUchar" "uchar" 0 255 ]
    ];

  make = show: signature: value: {
    _type = "gvariant";
    type = signature;
    inherit value;
    __toString = show;
  };

  joined = lib.strings.concatMapStringsSep "," toString;

  mkArray =
    elems:
    let
      values = map mkValue elems;
      elem = (head values).type;
    in
    if elems == [ ] then
      throw "Please create empty array with mkEmptyArray."
    else if !(all (value: value.type == elem) values) then
      throw "Elements in a list should have same type."
    else
      make (self: "@${self.type} [${joined self.value}]") (type.arrayOf elem) values;

  mkValue =
    value:
    if isList value then
      mkArray value
    else if isInt value then
      throw ''
        The GVariant type for number “${toString value}” is unclear.
        Please wrap the value with one of the following, depending on the value type in GSettings schema:

        ${lib.strings.concatMapStringsSep "\n" (form: "- `lib.gvariant.${form.name}` for `${form.type}`") (
          filter (
            form: (form.min == null || form.min <= value) && (form.max == null || value <= form.max)
          ) intConstructors
        )}
      ''
    else if isAttrs value && !(isGVariant value) then
      throw "Cannot construct GVariant value from an attribute set. If you want to construct a dictionary, you will need to create an array containing items constructed with `lib.gvariant.mkDictionaryEntry`."
    else
      let
        made = lenient.mkValue value;
      in
      if made == null then
        throw "The GVariant type of “${builtins.typeOf value}” can't be inferred."
      else
        made;

  mkMaybe =
    elem:
    make (
      self: if self.value == null then "@${self.type} nothing" else "just ${toString self.value}"
    ) (type.maybeOf elem);
in
{
  inherit (lenient)
    isGVariant
    mkBoolean
    mkDouble
    mkInt16
    mkInt32
    mkInt64
    mkObjectpath
    mkString
    mkUchar
    mkUint16
    mkUint32
    mkUint64
    ;

  inherit
    intConstructors
    mkArray
    mkMaybe
    mkValue
    type
    ;

  mkEmptyArray = elem: make (self: "@${self.type} []") (type.arrayOf elem) [ ];

  mkVariant = value: make (self: "<${toString self.value}>") type.variant (mkValue value);

  mkDictionaryEntry =
    name: value:
    let
      key = mkValue name;
      content = mkValue value;
    in
    make (self: "@${self.type} {${toString key},${toString content}}")
      (type.dictionaryEntryOf key.type content.type)
      { inherit name value; };

  mkNothing = elem: mkMaybe elem null;

  mkJust =
    value:
    let
      made = mkValue value;
    in
    mkMaybe made.type made;

  mkTuple =
    elems:
    let
      values = map mkValue elems;
    in
    make (self: "@${self.type} (${joined self.value})") (type.tupleOf (
      map (value: value.type) values
    )) values;
}
