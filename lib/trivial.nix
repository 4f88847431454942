# Functions on numbers, booleans and functions, and messages to the user.
{ lib }:

let
  inherit (builtins)
    concatStringsSep
    div
    elem
    elemAt
    foldl'
    ;

  # Like their namesakes in `builtins`, but a set with `__functor` counts as a function.
  isFunction =
    value: builtins.isFunction value || (value ? __functor && builtins.isFunction (value.__functor value));

  functionArgs =
    f:
    if f ? __functor then
      f.__functionArgs or (functionArgs (f.__functor f))
    else
      builtins.functionArgs f;

  setFunctionArgs = f: args: {
    __functor = _self: f;
    __functionArgs = args;
  };

  # `builtins.warn` is younger than the oldest evaluator that flakes run on.
  warn =
    builtins.warn
      or (message: builtins.trace "evaluation warning: ${message}");

  release = "26.11";
  versionSuffix = "";

  # 25.11, the oldest release whose users still get warnings about renamed options.
  oldestSupportedRelease = 2511;
  oldestSupportedReleaseIsAtLeast = wanted: wanted <= oldestSupportedRelease;

  hexDigits = [ "0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "A" "B" "C" "D" "E" "F" ];

  hexValues = builtins.listToAttrs (
    builtins.concatLists (
      builtins.genList (value: [
        {
          name = elemAt hexDigits value;
          inherit value;
        }
        {
          name = lib.strings.toLower (elemAt hexDigits value);
          inherit value;
        }
      ]) 16
    )
  );

  toBaseDigits =
    base: number:
    assert builtins.isInt base && builtins.isInt number;
    assert base >= 2 && number >= 0;
    let
      digits =
        rest: n:
        if n < base then [ n ] ++ rest else digits ([ (n - base * (div n base)) ] ++ rest) (div n base);
    in
    digits [ ] number;
in
{
  inherit (builtins)
    add
    bitAnd
    bitOr
    bitXor
    ceil
    deepSeq
    div
    floor
    genericClosure
    isBool
    isFloat
    isInt
    lessThan
    mul
    pathExists
    readFile
    seq
    sub
    ;

  inherit
    functionArgs
    isFunction
    oldestSupportedRelease
    oldestSupportedReleaseIsAtLeast
    release
    setFunctionArgs
    toBaseDigits
    versionSuffix
    warn
    ;

  id = x: x;
  const = x: _y: x;
  pipe = foldl' (value: f: f value);
  flip =
    f: a: b:
    f b a;
  concat = a: b: a ++ b;
  mergeAttrs = a: b: a // b;

  "or" = a: b: a || b;
  and = a: b: a && b;
  xor = a: b: a != b;
  bitNot = n: -1 - n;

  boolToString = value: if value then "true" else "false";
  boolToYesNo = value: if value then "yes" else "no";

  defaultTo = default: value: if value == null then default else value;
  mapNullable = f: value: if value == null then null else f value;

  version = release + versionSuffix;
  nixpkgsVersion = release + versionSuffix;
  codeName = "";
  revisionWithDefault = default: default;
  isInOldestRelease = oldestSupportedReleaseIsAtLeast;

  inNixShell = builtins.getEnv "IN_NIX_SHELL" != "";
  inPureEvalMode = !(builtins ? currentSystem);

  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;
  mod = a: b: a - b * (div a b);

  compare =
    a: b:
    if a < b then
      -1
    else if a > b then
      1
    else
      0;

  # Values that satisfy the predicate come first; two of a kind are compared by `yes` or `no`.
  splitByAndCompare =
    predicate: yes: no: a: b:
    if predicate a then
      if predicate b then yes a b else -1
    else if predicate b then
      1
    else
      no a b;

  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);

  warnIf = condition: message: if condition then warn message else value: value;
  warnIfNot = condition: message: if condition then value: value else warn message;
  throwIf = condition: message: if condition then throw message else value: value;
  throwIfNot = condition: message: if condition then value: value else throw message;
  info = message: builtins.trace "INFO: ${message}";
  showWarnings = warnings: result: lib.foldr warn result warnings;

  checkListOfEnum =
    message: valid: given:
    let
      unexpected = builtins.filter (value: !(elem value valid)) given;
      show = values: concatStringsSep ", " (map toString values);
    in
    if unexpected == [ ] then
      value: value
    else
      throw "${message}: ${show unexpected} unexpected; valid ones: ${show valid}";

  mirrorFunctionArgs = f: g: setFunctionArgs g (functionArgs f);
  toFunction = value: if isFunction value then value else _argument: value;

  fromHexString =
    text:
    let
      digits = builtins.match "(0x)?([0-7]?[0-9A-Fa-f]{1,15})" text;
    in
    if digits == null then
      throw "fromHexString: ${builtins.toJSON text} is not a hexadecimal number"
    else
      foldl' (number: digit: number * 16 + digit) 0 (
        map (character: hexValues.${character}) (lib.strings.stringToCharacters (elemAt digits 1))
      );

  toHexString =
    number: builtins.concatStringsSep "" (map (elemAt hexDigits) (toBaseDigits 16 number));
}
