# Text for the inside of double quotes of a POSIX shell, which replaces variables and runs commands in
# it: `$NAME`, `${NAME:-word}`, `$(command)`, and what a backslash already quotes, mean what they mean
# to the shell. A quote outside of these, which would end the text, is escaped.
{ lib }:

let
  inherit (builtins)
    elem
    foldl'
    head
    isList
    match
    split
    tail
    ;

  # What has a meaning, as one piece: an escaped character, the beginning or end of an expansion.
  pieces = split "(\\\\(.|\n)|\\\\$|\\$[({]|[(){}`'\"])";

  # The end of each piece that begins something.
  closing = {
    "$(" = ")";
    "(" = ")";
    "\${" = "}";
    "`" = "`";
    "\"" = "\"";
    "'" = "'";
  };

  expansions = [
    "$("
    "\${"
    "`"
  ];
  command = builtins.attrNames closing;

  # What can begin inside of something, by its end.
  beginnings = {
    ")" = command;
    "`" = command;
    "}" = expansions ++ [ "\"" ];
    "\"" = expansions;
    "'" = [ ];
  };

  # `open` are the ends of what a piece is inside of, the innermost first.
  step =
    { open, text }:
    given:
    let
      piece = if isList given then head given else given;
      isInside = open != [ ];
      begins = elem piece (if isInside then beginnings.${head open} else expansions);
    in
    if !(isList given) then
      {
        inherit open;
        text = text + piece;
      }
    else if isInside && piece == head open then
      {
        open = tail open;
        text = text + piece;
      }
    else if begins then
      {
        open = [ closing.${piece} ] ++ open;
        text = text + piece;
      }
    else
      {
        inherit open;
        text =
          text
          + (
            if isInside then
              piece
            else if piece == "\"" then
              "\\\""
            # It would escape the quote that ends the text.
            else if piece == "\\" then
              "\\\\"
            else
              piece
          );
      };

  # What begins an expansion that has no end is no expansion.
  literal =
    lib.concatMapStrings
      (
        given:
        let
          piece = if isList given then head given else given;
        in
        if !(isList given) then
          piece
        else if piece == "\\" || piece == "`" || piece == "\"" || piece == "$(" || piece == "\${" then
          "\\${piece}"
        else
          piece
      );

  quote =
    text:
    let
      found = pieces text;
      read = foldl' step {
        open = [ ];
        text = "";
      } found;
    in
    if read.open == [ ] then read.text else literal found;
in
# Nearly every value is plain.
text: if match "[^\"`({\\\\]*" text != null then text else quote text
