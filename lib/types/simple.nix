# Types of values that contain no other option values.
{ lib, basis }:

let
  inherit (builtins)
    all
    concatStringsSep
    elem
    foldl'
    head
    isAttrs
    isBool
    isFloat
    isInt
    isPath
    isString
    length
    match
    substring
    typeOf
    ;
  inherit (basis)
    addCheck
    defaultFunctor
    located
    mergeLocated
    mkOptionType
    optionDescriptionPhrase
    ;
  inherit (lib.attrsets) isDerivation;
  inherit (lib.options)
    getFiles
    mergeEqualOption
    mergeOneOption
    showFiles
    showOption
    ;
  inherit (lib.strings) isStorePath isStringLike;

  noun =
    attrs:
    mkOptionType (
      {
        descriptionClass = "noun";
        merge = located mergeEqualOption;
      }
      // attrs
    );

  # Types whose payload has to be the same in two declarations.
  equalPayload = name: build: payload: defaultFunctor name // {
    type = build;
    inherit payload;
    binOp = a: b: if a == b then a else null;
  };

  str = noun {
    name = "str";
    description = "string";
    check = isString;
  };

  int = noun {
    name = "int";
    description = "signed integer";
    check = isInt;
  };

  float = noun {
    name = "float";
    description = "floating point number";
    check = isFloat;
  };

  number = lib.types.either int float;

  restricted =
    base: predicate: name: description:
    addCheck base predicate // { inherit name description; };

  # A bound given in words, to which no "or" may be appended without a comma.
  bounded =
    base: predicate: name: description:
    restricted base predicate name description // { descriptionClass = "nonRestrictiveClause"; };

  rangeText =
    show: lowest: highest: "${show lowest} and ${show highest} (both inclusive)";

  between =
    lowest: highest:
    assert lib.assertMsg (lowest <= highest) "ints.between: lowest must be smaller than highest";
    restricted int (value: value >= lowest && value <= highest) "intBetween"
      "integer between ${rangeText toString lowest highest}";

  sized =
    name: description: lowest: highest:
    between lowest highest
    // {
      inherit name;
      description = "${description}; between ${rangeText toString lowest highest}";
    };

  unsignedOf = bits: count: sized "unsignedInt${bits}" "${bits} bit unsigned integer" 0 (count - 1);
  signedOf =
    bits: count: sized "signedInt${bits}" "${bits} bit signed integer" (-count / 2) (count / 2 - 1);

  u16 = unsignedOf "16" 65536;

  separatedString =
    separator:
    noun {
      name = "separatedString";
      description = "strings concatenated with ${builtins.toJSON separator}";
      check = isString;
      merge = _loc: defs: concatStringsSep separator (map (def: def.value) defs);
      functor = equalPayload "separatedString" (payload: separatedString payload.sep) {
        sep = separator;
      };
    };

  strMatching =
    pattern:
    noun {
      name = "strMatching ${lib.strings.escapeNixString pattern}";
      description = "string matching the pattern ${pattern}";
      check = value: isString value && match pattern value != null;
      functor = equalPayload "strMatching" (payload: strMatching payload.pattern) { inherit pattern; };
    };

  pathWith =
    {
      inStore ? null,
      absolute ? null,
    }:
    let
      place =
        if inStore == null then
          ""
        else if inStore then
          " in the Nix store"
        else
          " not in the Nix store";
      kind =
        if absolute == null then
          ""
        else if absolute then
          "absolute "
        else
          "relative ";
      liesInStore =
        value:
        lib.path.hasStorePathPrefix (
          if isPath value then value else /. + builtins.unsafeDiscardStringContext value
        );
    in
    if inStore == true && absolute == false then
      throw "In pathWith, inStore means the path must be absolute"
    else
      noun {
        name = "path";
        description = "${kind}path${place}";
        check =
          value:
          # A path value outside the store would be copied into it.
          (if inStore == false then isString value else isStringLike value)
          && (absolute == null || absolute == (substring 0 1 (toString value) == "/"))
          && (inStore == null || inStore == liesInStore value);
        functor = equalPayload "path" pathWith { inherit inStore absolute; };
      };

  package = mkOptionType {
    name = "package";
    descriptionClass = "noun";
    check = value: isDerivation value || isStorePath value;
    merge = located (
      loc: defs:
      let
        value = mergeOneOption loc defs;
      in
      if isPath value || (isString value && !(builtins.hasContext value)) then
        lib.attrsets.toDerivation value
      else
        value
    );
  };

  attrs = mkOptionType {
    name = "attrs";
    description = "attribute set";
    check = isAttrs;
    merge = _loc: foldl' (result: def: result // def.value) { };
    emptyValue.value = { };
  };

  anything = mkOptionType {
    name = "anything";
    description = "anything";
    descriptionClass = "noun";
    merge = located (
      loc: defs:
      let
        kindOf =
          def: if isAttrs def.value && isStringLike def.value then "stringCoercibleSet" else typeOf def.value;
        kind = kindOf (head defs);
      in
      if length defs == 1 && kind != "set" && kind != "lambda" then
        (head defs).value
      else if !(all (def: kindOf def == kind) defs) then
        throw "The option `${showOption loc}' has conflicting option types in ${showFiles (getFiles defs)}"
      else if kind == "set" then
        mergeLocated attrsOfAnything loc defs
      else if kind == "stringCoercibleSet" then
        mergeOneOption loc defs
      else if kind == "lambda" then
        argument:
        mergeLocated anything (loc ++ [ "<function body>" ]) (
          map (def: {
            inherit (def) file;
            value = def.value argument;
          }) defs
        )
      else
        mergeEqualOption loc defs
    );
  };
  attrsOfAnything = lib.types.attrsOf anything;

  showChoice =
    value:
    if isString value then
      ''"${value}"''
    else if isInt value then
      toString value
    else if isBool value then
      lib.trivial.boolToString value
    else
      "<${typeOf value}>";

  enum =
    values:
    mkOptionType {
      name = "enum";
      description =
        if values == [ ] then
          "impossible (empty enum)"
        else if length values == 1 then
          "value ${showChoice (head values)} (singular enum)"
        else
          "one of ${lib.strings.concatMapStringsSep ", " showChoice values}";
      descriptionClass = if length values < 2 then "noun" else "conjunction";
      check = value: elem value values;
      merge = located mergeEqualOption;
      functor = defaultFunctor "enum" // {
        type = payload: enum payload.values;
        payload = { inherit values; };
        binOp = a: b: { values = lib.lists.unique (a.values ++ b.values); };
      };
    };

  # The values that a file format can hold, at any depth.
  serializableValueWith =
    {
      typeName,
      nullable ? true,
    }:
    let
      value =
        (if nullable then lib.types.nullOr base else base)
        // {
          description = "${typeName} value";
        };
      base = lib.types.oneOf [
        bool
        int
        float
        str
        path
        (lib.types.attrsOf value)
        (lib.types.listOf value)
      ];
    in
    value;

  bool = noun {
    name = "bool";
    description = "boolean";
    check = isBool;
  };

  path = pathWith { absolute = true; };
in
{
  inherit
    anything
    attrs
    bool
    enum
    float
    int
    number
    package
    path
    pathWith
    separatedString
    serializableValueWith
    str
    strMatching
    ;

  raw = noun {
    name = "raw";
    description = "raw value";
    merge = located mergeOneOption;
  };

  unspecified = mkOptionType {
    name = "unspecified";
    description = "unspecified value";
    descriptionClass = "noun";
  };

  boolByOr = noun {
    name = "boolByOr";
    description = "boolean (merged using or)";
    check = isBool;
    merge = _loc: foldl' (result: def: result || def.value) false;
  };

  ints = {
    inherit between u16;
    unsigned = bounded int (value: value >= 0) "unsignedInt" "unsigned integer, meaning >=0";
    positive = bounded int (value: value > 0) "positiveInt" "positive integer, meaning >0";
    u8 = unsignedOf "8" 256;
    u32 = unsignedOf "32" 4294967296;
    s8 = signedOf "8" 256;
    s16 = signedOf "16" 65536;
    s32 = signedOf "32" 4294967296;
  };

  port = u16;

  numbers = {
    between =
      lowest: highest:
      assert lib.assertMsg (lowest <= highest) "numbers.between: lowest must be smaller than highest";
      restricted number (value: value >= lowest && value <= highest) "numberBetween"
        "integer or floating point number between ${rangeText builtins.toJSON lowest highest}";
    nonnegative =
      bounded number (value: value >= 0) "numberNonnegative"
        "nonnegative integer or floating point number, meaning >=0";
    positive =
      bounded number (value: value > 0) "numberPositive"
        "positive integer or floating point number, meaning >0";
  };

  nonEmptyStr = noun {
    name = "nonEmptyStr";
    description = "non-empty string";
    check = value: isString value && match "[ \t\n]*" value == null;
  };

  singleLineStr = noun {
    name = "singleLineStr";
    description = "(optionally newline-terminated) single-line string";
    check = value: isString value && match "[^\n\r]*\n?" value != null;
    merge = located (loc: defs: lib.strings.removeSuffix "\n" (mergeEqualOption loc defs));
  };

  lines = separatedString "\n";
  commas = separatedString ",";
  envVar = separatedString ":";

  passwdEntry =
    entryType:
    bounded entryType (value: match ".*[:\n].*" value == null) "passwdEntry ${entryType.name}"
      "${optionDescriptionPhrase (class: class == "noun") entryType}, not containing newlines or colons";

  shellPackage = package // {
    check = value: isDerivation value && value ? shellPath;
  };

  pkgs =
    addCheck (lib.types.unique { message = "A Nixpkgs pkgs set can not be merged with another pkgs set."; } attrs) (
      value: value._type or null == "pkgs"
    )
    // {
      name = "pkgs";
      descriptionClass = "noun";
      description = "Nixpkgs package set";
    };

  pathInStore = pathWith { inStore = true; };
  externalPath = pathWith {
    absolute = true;
    inStore = false;
  };

  luaInline = noun {
    name = "luaInline";
    description = "inline lua";
    check = value: value._type or null == "lua-inline";
  };

  fileset = mkOptionType {
    name = "fileset";
    description = "fileset";
    descriptionClass = "noun";
    check = value: isPath value || value._type or null == "fileset";
    merge = _loc: defs: lib.fileset.unions (map (def: def.value) defs);
    emptyValue.value = lib.fileset.empty;
  };

  json = serializableValueWith { typeName = "JSON"; };
  toml = serializableValueWith {
    typeName = "TOML";
    nullable = false;
  };
}
