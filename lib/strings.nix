{ lib }:

let
  inherit (builtins)
    compareVersions
    concatStringsSep
    elem
    elemAt
    filter
    genList
    head
    isAttrs
    isInt
    isList
    isPath
    isString
    length
    match
    parseDrvName
    replaceStrings
    split
    stringLength
    substring
    tail
    toJSON
    typeOf
    ;

  escaping = import ./strings-escape.nix { inherit lib; };
  similarity = import ./strings-similarity.nix { inherit lib; };
  inherit (escaping) escapeNixString escapeRegex;

  concatStrings = concatStringsSep "";
  concatMapStringsSep =
    separator: f: list:
    concatStringsSep separator (map f list);

  optionalString = condition: string: if condition then string else "";

  stringToCharacters = string: genList (index: substring index 1 string) (stringLength string);

  # A path as an affix never matches: using one would only copy it into the store.
  rejectPath =
    function: value:
    if isPath value then
      throw "lib.strings.${function}: The first argument (${toString value}) is a path value, but only strings are supported. For paths there is `lib.path`."
    else
      value;

  hasSuffix =
    suffix: string:
    let
      start = stringLength string - stringLength (rejectPath "hasSuffix" suffix);
    in
    start >= 0 && substring start (-1) string == suffix;

  removeSuffix =
    suffix: string:
    if hasSuffix suffix string then
      substring 0 (stringLength string - stringLength suffix) string
    else
      string;

  lowerChars = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upperChars = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;

  # An empty substring still carries the context of its string.
  addContextFrom = source: target: substring 0 0 source + target;

  splitString =
    separator: string:
    map (addContextFrom string) (
      filter isString (split (escapeRegex (toString separator)) (toString string))
    );

  splitStringBy =
    splitsAt: keep: string:
    let
      count = stringLength string;
      characterAt = index: if index < 0 then "" else substring index 1 string;
      starts = filter (index: splitsAt (characterAt (index - 1)) (characterAt index)) (
        genList (index: index) count
      );
      bounds = starts ++ [ count ];
      part =
        index:
        let
          previous = if index == 0 then 0 else elemAt bounds (index - 1);
          from = if index == 0 || keep then previous else previous + 1;
        in
        substring from (elemAt bounds index - from) string;
    in
    map (addContextFrom string) (genList part (length bounds));

  isStringLike =
    value: isString value || isPath value || value ? outPath || value ? __toString;

  isConvertibleWithToString =
    value:
    isStringLike value
    || elem (typeOf value) [ "null" "int" "float" "bool" ]
    || (isList value && builtins.all isConvertibleWithToString value);

  toSentenceCase =
    string:
    if isString string then
      addContextFrom string (toUpper (substring 0 1 string) + toLower (substring 1 (-1) string))
    else
      throw "toSentenceCase does only accepts string values, but got ${typeOf string}";

  makeSearchPath =
    subDir: paths: concatMapStringsSep ":" (path: "${path}/${subDir}") (filter (path: path != null) paths);

  makeSearchPathOutput =
    output: subDir: packages:
    makeSearchPath subDir (map (lib.attrsets.getOutput output) packages);

  fixedWidthString =
    width: filler: string:
    let
      present = stringLength string;
      # As many whole fillers as are needed; a longer one must fit exactly.
      missing = width - present;
      fillers = (missing + stringLength filler - 1) / stringLength filler;
    in
    assert lib.assertMsg (present <= width)
      "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString present})";
    assert lib.assertMsg (fillers * stringLength filler == missing)
      "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString (present + fillers * stringLength filler)})";
    concatStrings (genList (_index: filler) fillers) + string;

  # Reads an integer after `read` has taken the digits out of the string.
  integerFrom =
    function: string: digits:
    let
      number = builtins.fromJSON digits;
    in
    if digits != null && isInt number then
      number
    else
      throw "${function}: Could not convert ${escapeNixString string} to int.";

  firstMatch =
    pattern: string:
    let
      found = match pattern string;
    in
    if found == null then null else head found;

  makeFlag =
    yes: no: flag: feature:
    assert isString feature;
    "--${if flag then yes else no}-${feature}";
  withFeature = makeFlag "with" "without";
  enableFeature =
    flag: feature:
    assert builtins.isBool flag;
    makeFlag "enable" "disable" flag feature;

  mesonOption =
    feature: value:
    assert isString feature && isString value;
    "-D${feature}=${value}";

  cmakeOptionType =
    type: feature: value:
    assert elem (toUpper type) [ "BOOL" "FILEPATH" "PATH" "STRING" "INTERNAL" "LIST" ];
    assert isString feature && isString value;
    "-D${feature}:${toUpper type}=${value}";
in
escaping
// similarity
// {
  inherit (builtins)
    appendContext
    compareVersions
    concatStringsSep
    elem
    elemAt
    filter
    fromJSON
    genList
    head
    isAttrs
    isInt
    isList
    isPath
    isString
    match
    parseDrvName
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    tail
    toJSON
    typeOf
    unsafeDiscardStringContext
    ;

  inherit
    addContextFrom
    cmakeOptionType
    concatMapStringsSep
    concatStrings
    enableFeature
    fixedWidthString
    hasSuffix
    isConvertibleWithToString
    isStringLike
    lowerChars
    makeSearchPath
    makeSearchPathOutput
    mesonOption
    optionalString
    removeSuffix
    splitString
    splitStringBy
    stringToCharacters
    toLower
    toSentenceCase
    toUpper
    upperChars
    withFeature
    ;

  join = concatStringsSep;
  concatMapStrings = f: list: concatStrings (map f list);
  concatImapStrings = f: list: concatStrings (lib.lists.imap1 f list);
  concatImapStringsSep =
    separator: f: list:
    concatStringsSep separator (lib.lists.imap1 f list);
  concatMapAttrsStringSep =
    separator: f: set:
    concatStringsSep separator (lib.attrsets.mapAttrsToList f set);
  concatLines = lines: optionalString (lines != [ ]) (concatStringsSep "\n" lines + "\n");

  intersperse =
    separator: list:
    if length list < 2 then
      list
    else
      tail (
        builtins.concatMap (value: [
          separator
          value
        ]) list
      );

  replaceString = from: to: replaceStrings [ from ] [ to ];
  replicate = n: string: concatStrings (genList (_index: string) n);

  trim = lib.strings.trimWith {
    start = true;
    end = true;
  };

  trimWith =
    {
      start ? false,
      end ? false,
    }:
    let
      blank = " \t\r\n";
      before = optionalString start "[${blank}]*";
      text = if end then "(.*[^${blank}])[${blank}]*" else "(.*)";
      pattern = before + text;
    in
    string:
    let
      found = match pattern string;
    in
    if found == null then "" else head found;

  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  makeIncludePath = makeSearchPathOutput "dev" "include";
  makeBinPath = makeSearchPathOutput "bin" "bin";

  # Squeezes runs of slashes.
  normalizePath =
    path:
    if isPath path then
      throw "lib.strings.normalizePath: The argument (${toString path}) is a path value, but only strings are supported."
    else
      addContextFrom path (
        concatStrings (map (part: if isList part then "/" else part) (split "/+" path))
      );

  hasPrefix =
    prefix: string: substring 0 (stringLength (rejectPath "hasPrefix" prefix)) string == prefix;

  hasInfix =
    infix: content:
    let
      string = "${content}";
    in
    rejectPath "hasInfix" infix == "" || replaceStrings [ infix ] [ "" ] string != string;

  removePrefix =
    prefix: string:
    let
      size = stringLength (rejectPath "removePrefix" prefix);
    in
    if substring 0 size string == prefix then substring size (-1) string else string;

  stringAsChars = f: string: concatStrings (map f (stringToCharacters string));

  # "some-long name" becomes "someLongName".
  toCamelCase =
    string:
    let
      isSeparator = _previous: character: elem character [ "-" "_" " " ];
      isHump =
        previous: character: match "[a-z]" previous != null && match "[A-Z]" character != null;
      words = builtins.concatMap (splitStringBy isHump true) (splitStringBy isSeparator false string);
    in
    if !isString string then
      throw "toCamelCase does only accepts string values, but got ${typeOf string}"
    else
      addContextFrom string (
        concatStrings ([ (toLower (head words)) ] ++ map toSentenceCase (tail words))
      );

  versionOlder = a: b: compareVersions a b < 0;
  versionAtLeast = a: b: compareVersions a b >= 0;

  getName =
    value:
    if isString value then
      (parseDrvName value).name
    else
      value.pname or (parseDrvName value.name).name;

  getVersion =
    value:
    if isString value then
      (parseDrvName value).version
    else
      value.version or (parseDrvName value.name).version;

  nameFromURL =
    url: separator:
    let
      file = lib.lists.last (splitString "/" url);
      name = head (splitString separator file);
    in
    assert name != file;
    name;

  cmakeBool =
    feature: flag:
    assert builtins.isBool flag;
    cmakeOptionType "bool" feature (if flag then "TRUE" else "FALSE");
  cmakeFeature = cmakeOptionType "string";

  mesonBool =
    feature: flag:
    assert builtins.isBool flag;
    mesonOption feature (if flag then "true" else "false");
  mesonEnable =
    feature: flag:
    assert builtins.isBool flag;
    mesonOption feature (if flag then "enabled" else "disabled");

  enableFeatureAs =
    flag: feature: value:
    enableFeature flag feature + optionalString flag "=${value}";
  withFeatureAs =
    flag: feature: value:
    withFeature flag feature + optionalString flag "=${value}";

  fixedWidthNumber = width: number: fixedWidthString width "0" (toString number);

  floatToString =
    float:
    let
      text = toString float;
    in
    lib.trivial.warnIf (
      float != builtins.fromJSON text
    ) "Imprecise conversion from float to string ${text}" text;

  # Whether a value is a path directly inside the store, or a content-addressed placeholder.
  isStorePath =
    value:
    isStringLike value
    && (
      let
        path = toString value;
      in
      substring 0 1 path == "/"
      && (dirOf path == builtins.storeDir || match "/[0-9a-z]{52}" path != null)
    );

  toInt =
    string:
    let
      digits = firstMatch "[[:space:]]*(-?[[:digit:]]+)[[:space:]]*" string;
    in
    if digits != null && match "0[[:digit:]]+" digits != null then
      throw "toInt: Ambiguity in interpretation of ${escapeNixString string} between octal and zero padded integer."
    else
      integerFrom "toInt" string digits;

  toIntBase10 =
    string:
    let
      digits = firstMatch "[[:space:]]*0*(-?[[:digit:]]+)[[:space:]]*" string;
    in
    integerFrom "toIntBase10" string digits;

  fileContents = file: removeSuffix "\n" (builtins.readFile file);

  # Replaces what a store path's name may not contain, and keeps the last 207 characters.
  sanitizeDerivationName =
    string:
    let
      plain = builtins.unsafeDiscardStringContext string;
      withoutDots = head (match "\\.*(.*)" plain);
      replaced = concatStrings (
        map (part: if isList part then "-" else part) (split "[^[:alnum:]+._?=-]+" withoutDots)
      );
      name = substring (lib.trivial.max 0 (stringLength replaced - 207)) (-1) replaced;
    in
    if
      stringLength string <= 207 && match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*" string != null
    then
      plain
    else if name == "" then
      "unknown"
    else
      name;
}
