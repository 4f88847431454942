# TOML as the Rust crate `toml` writes it: values of a table first, then the tables in it,
# with strings in the most readable of their forms.
{ lib }:

let
  inherit (builtins)
    all
    concatMap
    concatStringsSep
    filter
    fromJSON
    match
    replaceStrings
    ;
  inherit (lib) hasInfix;
  inherit (import ./values.nix { inherit lib; }) decimal kindOf textOf;

  isBare = match "[A-Za-z0-9_-]+";
  isPlain = match "[A-Za-z0-9_./ :-]*";

  control = code: fromJSON "\"\\u00${code}\"";

  # Control characters other than tab and newline need a basic string.
  controls =
    map (code: { character = control code; escape = "\\u00${lib.toUpper code}"; }) [
      "01" "02" "03" "04" "05" "06" "07" "0b" "0e" "0f" "10" "11" "12" "13" "14" "15" "16"
      "17" "18" "19" "1a" "1b" "1c" "1d" "1e" "1f" "7f"
    ]
    ++ [
      { character = control "08"; escape = "\\b"; }
      { character = control "0c"; escape = "\\f"; }
      { character = "\r"; escape = "\\r"; }
    ];
  hasControls =
    let
      characters = lib.concatMapStrings (entry: entry.character) controls;
    in
    text: match "[^${characters}]*" text == null;

  escapeWith =
    more:
    let
      table = controls ++ [
        { character = "\\"; escape = "\\\\"; }
        { character = "\t"; escape = "\\t"; }
      ] ++ more;
    in
    replaceStrings (map (entry: entry.character) table) (map (entry: entry.escape) table);

  escapeBasic = escapeWith [
    { character = "\""; escape = "\\\""; }
    { character = "\n"; escape = "\\n"; }
  ];
  # Within three quotes two may stand unescaped.
  escapeLines = escapeWith [ { character = "\"\"\""; escape = "\"\"\\\""; } ];

  basic = text: "\"${escapeBasic text}\"";

  key =
    name:
    if isBare name != null then
      name
    else if !(hasControls name || hasInfix "\n" name || hasInfix "\\" name || hasInfix "\"" name) then
      basic name
    else if !(hasControls name || hasInfix "\n" name || hasInfix "'" name) then
      "'${name}'"
    else
      basic name;

  string =
    text:
    let
      hasNewline = hasInfix "\n" text;
      hasBackslash = hasInfix "\\" text;
      needsEscapes = hasControls text;
      open = if hasNewline then "\n" else "";
    in
    if isPlain text != null then
      "\"${text}\""
    else if !(needsEscapes || hasBackslash || hasNewline || hasInfix "\"" text) then
      basic text
    else if !(needsEscapes || hasNewline || hasInfix "'" text) then
      "'${text}'"
    else if !(needsEscapes || hasBackslash || hasInfix "\"\"\"" text) then
      "\"\"\"${open}${escapeLines text}\"\"\""
    else if !(needsEscapes || hasInfix "'''" text) then
      "'''${open}${text}'''"
    else if hasNewline then
      "\"\"\"${open}${escapeLines text}\"\"\""
    else
      basic text;
in
{
  pairsOf,
}:
let
  inline =
    value:
    let
      kind = kindOf value;
    in
    if kind == "string" then
      string (textOf value)
    else if kind == "bool" then
      lib.boolToString value
    else if kind == "int" then
      toString value
    else if kind == "float" then
      decimal value
    else if kind == "list" then
      "[${concatStringsSep ", " (map inline value)}]"
    else if kind == "set" then
      let
        pairs = map (pair: "${key pair.name} = ${inline pair.value}") (pairsOf value);
      in
      if pairs == [ ] then "{}" else "{ ${concatStringsSep ", " pairs} }"
    else
      throw "TOML has no value of the type ${kind}";

  isTable = value: kindOf value == "set";
  isTables = value: kindOf value == "list" && value != [ ] && all isTable value;

  # The texts of a table and of those in it. A table that has nothing but tables in it has
  # no header.
  table =
    path: isElement: set:
    let
      pairs = pairsOf set;
      isNested = pair: isTable pair.value || isTables pair.value;
      nested = filter isNested pairs;
      body = lib.concatMapStrings (pair: "${key pair.name} = ${inline pair.value}\n") (
        filter (pair: !isNested pair) pairs
      );
      name = concatStringsSep "." path;
      header =
        if path == [ ] then
          ""
        else if isElement then
          "[[${name}]]\n"
        else
          "[${name}]\n";
      isNeeded = if path == [ ] then body != "" else isElement || body != "" || nested == [ ];
      below =
        pair:
        let
          inner = path ++ [ (key pair.name) ];
        in
        if isTable pair.value then
          table inner false pair.value
        else
          concatMap (table inner true) pair.value;
    in
    lib.optional isNeeded (header + body) ++ concatMap below nested;
in
value:
if isTable value then
  concatStringsSep "\n" (table [ ] false value)
else
  throw "A TOML file holds a set of attributes, not a ${kindOf value}"
