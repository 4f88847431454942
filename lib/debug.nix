{ lib }:

let
  inherit (builtins)
    deepSeq
    isAttrs
    isList
    mapAttrs
    trace
    ;
  inherit (lib.trivial) id;

  # Replaces what lies deeper than `depth` by a mark that the printer shows bare.
  cutAt =
    depth: value:
    let
      mark = text: {
        __pretty = _value: text;
        val = value;
      };
    in
    if isList value then
      if depth == 0 then mark "[…]" else map (cutAt (depth - 1)) value
    else if isAttrs value then
      if depth == 0 then mark "{…}" else mapAttrs (_name: cutAt (depth - 1)) value
    else
      value;

  traceSeqN =
    depth: shown: result:
    trace (lib.generators.toPretty { allowPrettyValues = true; } (cutAt depth shown)) result;

  traceValFn = f: value: trace (f value) value;
  traceValSeqFn = f: value: traceValFn f (deepSeq value value);
  traceValSeqNFn =
    f: depth: value:
    traceSeqN depth (f value) value;

  # The tests `{ expr; expected; }` of a set that fail. Names begin with "test", or are
  # listed in `tests`.
  runTests =
    tests:
    let
      chosen =
        if (tests.tests or [ ]) != [ ] then
          tests.tests
        else
          builtins.filter (lib.strings.hasPrefix "test") (builtins.attrNames (removeAttrs tests [ "tests" ]));
    in
    builtins.concatMap (
      name:
      let
        test = tests.${name};
      in
      lib.lists.optional (test.expr != test.expected) {
        inherit name;
        inherit (test) expected;
        result = test.expr;
      }
    ) chosen;
in
{
  inherit (builtins) addErrorContext trace unsafeGetAttrPos;

  inherit
    runTests
    traceSeqN
    traceValFn
    traceValSeqFn
    traceValSeqNFn
    ;

  traceIf =
    condition: message: value:
    if condition then trace message value else value;
  traceVal = traceValFn id;
  traceSeq = shown: trace (deepSeq shown shown);
  traceValSeq = traceValSeqFn id;
  traceValSeqN = traceValSeqNFn id;

  traceFnSeqN =
    depth: name: f: argument:
    let
      result = f argument;
    in
    traceSeqN (depth + 1) {
      fn = name;
      from = argument;
      to = result;
    } result;

  throwTestFailures =
    {
      failures,
      description ? "tests",
      ...
    }:
    let
      pretty = lib.generators.toPretty { allowPrettyValues = true; };
      show = failure: ''
        FAIL ${failure.name}:
        Expected:
        ${pretty failure.expected}
        Result:
        ${pretty failure.result}
      '';
    in
    if failures == [ ] then
      null
    else
      throw "${toString (builtins.length failures)} ${description} failed:\n\n${lib.strings.concatMapStringsSep "\n" show failures}";

  testAllTrue = list: {
    expr = list;
    expected = map (_value: true) list;
  };
}
