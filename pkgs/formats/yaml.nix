# YAML as remarshal writes it, which means: as the emitter of ruamel.yaml does, with lines
# of 80 columns.
{ lib, version }:

let
  inherit (builtins)
    concatStringsSep
    elem
    elemAt
    foldl'
    fromJSON
    genList
    head
    isList
    length
    match
    replaceStrings
    split
    substring
    ;
  inherit (lib) hasInfix hasPrefix hasSuffix optionalString;
  values = import ./values.nix { inherit lib; };
  inherit (values) kindOf textOf;
  inherit (values.utf8) characters width;

  bestWidth = 80;
  isVersion1_1 = version == "1.1";

  spaces = count: lib.strings.replicate count " ";

  # What a plain scalar would be read as something other than a string.
  resolved = map (pattern: match "(${pattern})") (
    [
      "~|null|Null|NULL|"
      "<<"
      "="
      "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
      "[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?([Tt]|[ \t]+)[0-9][0-9]?:[0-9][0-9]:[0-9][0-9](\\.[0-9]*)?([ \t]*(Z|[-+][0-9][0-9]?(:[0-9][0-9])?))?"
      "[-+]?[0-9][0-9_]*\\.[0-9_]*([eE][-+]?[0-9]+)?"
      "[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
      "[-+]?\\.(inf|Inf|INF)"
      "\\.(nan|NaN|NAN)"
      "[-+]?0b[0-1_]+"
      "[-+]?0x[0-9a-fA-F_]+"
    ]
    ++ (
      if isVersion1_1 then
        [
          "y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF"
          "\\.[0-9_]+([eE][-+][0-9]+)?"
          "[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\\.[0-9_]*"
          "[-+]?0?[0-7_]+"
          "[-+]?(0|[1-9][0-9_]*)"
          "[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+"
        ]
      else
        [
          "true|True|TRUE|false|False|FALSE"
          "[-+]?\\.[0-9_]+([eE][-+][0-9]+)?"
          "[-+]?0o?[0-7_]+"
          "[-+]?[0-9_]+"
        ]
    )
  );

  # The resolver looks at the first character before it tries its expressions.
  isResolved =
    text:
    text == ""
    || (
      elem (substring 0 1 text) (lib.stringToCharacters "~nNyYtTfFoO<=-+.0123456789")
      && lib.any (matches: matches text != null) resolved
    );

  fromCode = code: fromJSON "\"\\u${code}\"";

  # The escapes of double-quoted scalars that have a letter.
  namedEscapes = {
    ${fromCode "0007"} = "\\a";
    ${fromCode "0008"} = "\\b";
    "\t" = "\\t";
    "\n" = "\\n";
    ${fromCode "000b"} = "\\v";
    ${fromCode "000c"} = "\\f";
    "\r" = "\\r";
    ${fromCode "001b"} = "\\e";
    "\"" = "\\\"";
    "\\" = "\\\\";
    ${fromCode "0085"} = "\\N";
    ${fromCode "2028"} = "\\L";
    ${fromCode "2029"} = "\\P";
    ${fromCode "feff"} = "\\uFEFF";
  };
  hexadecimal = number: lib.fixedWidthString 2 "0" (lib.toHexString number);
  numberedEscapes = builtins.listToAttrs (
    map (number: {
      name = fromCode "00${hexadecimal number}";
      value = "\\x${hexadecimal number}";
    }) (lib.range 1 31 ++ lib.range 127 159)
  );
  escapes = numberedEscapes // namedEscapes;
  escapeAll = replaceStrings (builtins.attrNames escapes) (builtins.attrValues escapes);

  # Characters that only a double-quoted scalar can hold, beside line breaks.
  specials = builtins.attrNames (
    removeAttrs escapes [
      "\n"
      "\""
      "\\"
    ]
  );
  hasSpecials = text: replaceStrings specials (map (_character: "") specials) text != text;

  hasLineBreak =
    text:
    lib.any (character: hasInfix character text) [
      "\n"
      (fromCode "0085")
      (fromCode "2028")
      (fromCode "2029")
    ];

  # Whether the text may stand without quotes, outside of flow collections.
  isPlain =
    text:
    text != ""
    && !(hasPrefix "---" text || hasPrefix "..." text)
    && match "[],#[{}&*!|>'\"%@`].*" text == null
    && match "[?:-]([ \t].*)?" text == null
    && match ".*:([ \t].*)?" text == null
    && !(hasInfix " #" text || hasInfix "\t#" text)
    && !(hasInfix "\n" text)
    && !(hasPrefix " " text || hasSuffix " " text)
    && !(hasSpecials text)
    && !(isResolved text);

  # A text in lines. `column` is where the line stands, and `indent` where others begin.
  start = column: indent: {
    text = "";
    inherit column indent;
  };
  write = state: text: state // {
    text = state.text + text;
    column = state.column + width text;
  };
  breakLine = state: state // {
    text = "${state.text}\n${spaces state.indent}";
    column = state.indent;
  };

  # Words alternate with lists that hold the spaces between them.
  wordsAndSpaces = split "( +)";

  plain =
    state: isKey: text:
    foldl' (
      state: part:
      if isList part then
        let
          gap = head part;
        in
        if gap == " " && state.column >= bestWidth && !isKey then breakLine state else write state gap
      else if width part + state.column > bestWidth && state.column > state.indent then
        write (breakLine state) part
      else
        write state part
    ) state (wordsAndSpaces text);

  singleQuoted =
    state: isKey: text:
    let
      parts = wordsAndSpaces text;
      last = length parts - 1;
      step =
        state: index:
        let
          part = elemAt parts index;
          # Spaces at either end are not between two words.
          isInner =
            !(index == 1 && head parts == "") && !(index == last - 1 && elemAt parts last == "");
        in
        if !(isList part) then
          write state part
        else if head part == " " && state.column > bestWidth && !isKey && isInner then
          breakLine state
        else
          write state (head part);
    in
    write (foldl' step (write state "'") (genList (index: index) (length parts))) "'";

  doubleQuoted =
    state: isKey: text:
    let
      escaped = "\"${escapeAll text}\"";
    in
    if isKey || state.column + width escaped <= bestWidth then
      write state escaped
    else
      foldDoubleQuoted state (characters text);

  # Breaks a double-quoted scalar at spaces and behind escapes. The break is part of the
  # text unless a backslash precedes it. `pending` is what is to be written up to the
  # character at hand.
  foldDoubleQuoted =
    state: list:
    let
      count = length list;
      at = elemAt list;

      # Where the next space is, or a newline before it.
      nextGap =
        index:
        if index >= count then
          null
        else if at index == " " then
          index
        else
          nextGap (index + 1);
      newlineBefore =
        index: limit:
        if index >= limit then
          null
        else if at index == "\n" then
          index
        else
          newlineBefore (index + 1) limit;

      # Whether reading the broken line gives back the space that it is broken at.
      breaksAtSpace =
        index: hasText:
        let
          space = nextGap index;
          newline = newlineBefore index space;
          gap = if newline == null then space else newline;
          follower = at (gap + 1);
          between = genList (offset: at (index + offset)) (gap - index);
        in
        space != null
        && gap + 1 < count
        && !(at gap == "\n" && follower != " ")
        && !(elem "\"" between || elem "'" between)
        && follower != " "
        && follower != "\n"
        && !(index > 0 && at (index - 1) == " " && at index == " ")
        && hasText;

      step =
        st: index:
        let
          character = at index;
          isEscape = escapes ? ${character};
          flushed =
            if st.skipped then
              # The break stands for this space.
              st // { ahead = true; }
            else if isEscape then
              st
              // {
                line = write (write st.line st.pending) escapes.${character};
                pending = "";
                # The character at hand is done with.
                ahead = true;
              }
            else
              st // { ahead = false; };
          pendingWidth = if flushed.ahead then -1 else width flushed.pending;
          mayBreak =
            index > 0
            && index < count - 1
            && (character == " " || flushed.pending == "")
            && flushed.line.column + pendingWidth > bestWidth;
          atSpace = breaksAtSpace index (flushed.ahead || flushed.pending != "");
          broken = breakLine (write flushed.line (flushed.pending + optionalString (!atSpace) "\\"));
          # After the break comes this character, or the one behind the escape.
          following = if flushed.ahead then at (index + 1) else character;
          afterBreak = if following == " " && !atSpace then write broken "\\" else broken;
          added = if flushed.ahead then "" else character;
        in
        if mayBreak then
          {
            line = afterBreak;
            pending = if following == " " && atSpace then "" else added;
            skipped = flushed.ahead && following == " " && atSpace;
          }
        else
          {
            inherit (flushed) line;
            pending = flushed.pending + added;
            skipped = false;
          };

      done = foldl' step {
        line = write state "\"";
        pending = "";
        skipped = false;
      } (genList (index: index) count);
    in
    write (write done.line done.pending) "\"";

  string =
    state: isKey: text:
    if isPlain text then
      plain state isKey text
    else if hasInfix "'" text || hasInfix "\n" text || hasSpecials text then
      doubleQuoted state isKey text
    else
      singleQuoted state isKey text;

  float =
    number:
    let
      text = builtins.toJSON number;
    in
    # A number of YAML 1.1 with an exponent has a point too.
    if isVersion1_1 && !(hasInfix "." text) then replaceStrings [ "e" ] [ ".0e" ] text else text;

  # The longest key that may stand before its colon; the tag that is not shown counts.
  maxKeyWidth = 122;
in
{
  pairsOf,
}:
let
  # A value that is written behind what stands on the line already.
  leaf =
    column: indent: value:
    let
      kind = kindOf value;
      written = start column indent;
    in
    if kind == "string" then
      (string written false (textOf value)).text
    else if kind == "set" then
      "{}"
    else if kind == "list" then
      "[]"
    else if kind == "lambda" then
      throw "YAML has no functions"
    else
      (plain written false (if kind == "float" then float value else builtins.toJSON value)).text;

  isMapping = value: kindOf value == "set" && value != { };
  isSequence = value: kindOf value == "list" && value != [ ];

  mapping =
    indent: set: concatStringsSep "\n${spaces indent}" (map (entry indent) (pairsOf set));

  entry =
    indent:
    { name, value }:
    let
      written = string (start indent (indent + 2)) true name;
      isSimple = !(hasLineBreak name) && width name <= maxKeyWidth;
      longKey = string (start (indent + 2) (indent + 2)) false name;
      column = if isSimple then written.column + 2 else indent + 2;
    in
    (if isSimple then "${written.text}:" else "? ${longKey.text}\n${spaces indent}:")
    + (
      if isMapping value then
        if isSimple then
          "\n${spaces (indent + 2)}${mapping (indent + 2) value}"
        else
          " ${mapping (indent + 2) value}"
      else if isSequence value then
        if isSimple then "\n${spaces indent}${sequence indent value}" else " ${sequence (indent + 2) value}"
      else
        " ${leaf column (indent + 2) value}"
    );

  sequence =
    indent: list: concatStringsSep "\n${spaces indent}" (map (item: "- ${inSequence (indent + 2) item}") list);

  inSequence =
    indent: value:
    if isMapping value then
      mapping indent value
    else if isSequence value then
      sequence indent value
    else
      leaf indent indent value;

  document =
    value:
    if isMapping value then
      "---\n${mapping 0 value}"
    else if isSequence value then
      "---\n${sequence 0 value}"
    else if elem (kindOf value) [ "set" "list" ] then
      "--- ${leaf 4 2 value}"
    else
      "---\n  ${leaf 2 2 value}";
in
value: "%YAML ${version}\n${document value}\n"
