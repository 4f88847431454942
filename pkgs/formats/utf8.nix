# Characters of texts. Strings are made of bytes: a character that is not ASCII is a first
# byte and one to three continuation bytes.
{ lib }:

let
  inherit (builtins)
    elemAt
    foldl'
    fromJSON
    genList
    length
    listToAttrs
    match
    replaceStrings
    stringLength
    substring
    ;

  hexadecimal = number: lib.fixedWidthString 4 "0" (lib.toHexString number);
  fromCode = number: fromJSON "\"\\u${hexadecimal number}\"";

  # Bytes cannot be written as such; they are cut out of characters that contain them. The
  # characters from U+0080 to U+00BF end in all the continuation bytes, in order.
  continuation = genList (index: substring 1 1 (fromCode (128 + index))) 64;
  none = map (_byte: "") continuation;

  numbered =
    first: bytes:
    listToAttrs (
      genList (index: {
        name = elemAt bytes index;
        value = first + index;
      }) (length bytes)
    );
  lowBits = numbered 0 continuation;

  # The bits that a first byte contributes.
  firstOfTwo = numbered 2 (genList (index: substring 0 1 (fromCode (128 + 64 * index))) 30);
  firstOfThree = numbered 0 (
    [ (substring 0 1 (fromCode 2048)) ]
    # Half of the range of U+D000 is no characters; its first byte is that of U+D000.
    ++ genList (index: substring 0 1 (fromCode (4096 * (index + 1)))) 15
  );
  firstOfFour = numbered 0 (
    map (pair: substring 0 1 (fromJSON "\"${pair}\"")) [
      "\\uD800\\uDC00"
      "\\uD8C0\\uDC00"
      "\\uD9C0\\uDC00"
      "\\uDAC0\\uDC00"
      "\\uDBC0\\uDC00"
    ]
  );

  isAscii = text: match "[[:print:][:space:]]*" text != null;
in
{
  # The number of characters.
  width = text: stringLength (if isAscii text then text else replaceStrings continuation none text);

  characters =
    text:
    let
      bytes = lib.stringToCharacters text;
    in
    if isAscii text then
      bytes
    else
      foldl' (
        done: byte:
        if lowBits ? ${byte} then lib.init done ++ [ (lib.last done + byte) ] else done ++ [ byte ]
      ) [ ] bytes;

  # The number of a character that is not ASCII.
  codePoint =
    character:
    let
      lead = substring 0 1 character;
      rest = map (byte: lowBits.${byte}) (lib.tail (lib.stringToCharacters character));
      first = firstOfTwo.${lead} or firstOfThree.${lead} or firstOfFour.${lead};
    in
    foldl' (number: bits: number * 64 + bits) first rest;
}
