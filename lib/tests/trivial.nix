{ lib, attempt }:

let
  numbers = [ (-7) (-1) 0 1 2 9 10 255 4096 ];
in
{
  pipe = lib.pipe 2 [ (x: x + 1) (x: x * 10) toString ];
  flip = lib.flip (a: b: a - b) 1 5;
  const = lib.const 1 2;
  logic = [ (lib."or" false true) (lib.and true false) (lib.xor true true) (lib.xor true false) ];
  bits = map (x: [ (lib.bitNot x) (lib.bitAnd x 6) (lib.bitOr x 6) (lib.bitXor x 6) ]) numbers;
  booleans = map lib.boolToString [ true false ] ++ map lib.boolToYesNo [ true false ];
  defaults = [ (lib.defaultTo 1 null) (lib.defaultTo 1 2) (lib.mapNullable (x: x + 1) null) (lib.mapNullable (x: x + 1) 1) ];
  order = lib.concatMap (x: map (y: [ (lib.min x y) (lib.max x y) (lib.compare x y) ]) numbers) numbers;
  modulo = lib.concatMap (x: map (lib.mod x) [ (-3) 1 3 10 ]) numbers;
  splitByAndCompare = builtins.sort (
    a: b: lib.splitByAndCompare (lib.hasPrefix "f") lib.compare lib.compare a b < 0
  ) [ "g" "fb" "a" "fa" "z" ];
  hex = map lib.toHexString [ 0 9 10 255 4096 48879 ] ++ map lib.fromHexString [ "ff" "0xBEEF" "0" ];
  base = map (lib.toBaseDigits 2) [ 0 1 5 8 ] ++ [ (lib.toBaseDigits 16 250) (attempt (lib.toBaseDigits 1 3)) ];
  functionArgs = [
    (lib.functionArgs ({ a, b ? 1 }: a))
    (lib.functionArgs (lib.setFunctionArgs (x: x) { q = true; }))
    (lib.functionArgs { __functor = self: { z }: z; })
    (lib.functionArgs (lib.mirrorFunctionArgs ({ m, n ? 1 }: m) (x: x)))
  ];
  isFunction = map lib.isFunction [ (x: x) { __functor = self: x: x; } { } 1 ];
  toFunction = [ (lib.toFunction 1 2) (lib.toFunction (x: x + 1) 2) ];
  throwIf = [ (attempt (lib.throwIf true "m" 1)) (lib.throwIf false "m" 1) (attempt (lib.throwIfNot false "m" 1)) (lib.throwIfNot true "m" 1) ];
  checkListOfEnum = [ (lib.checkListOfEnum "m" [ 1 2 ] [ 1 ] "v") (attempt (lib.checkListOfEnum "m" [ 1 2 ] [ 3 ] "v")) ];

  fixedPoint = lib.fix (self: { a = 1; b = self.a + 1; });
  extends = lib.fix (lib.extends (final: prev: { a = prev.a + 10; c = final.b; }) (self: { a = 1; b = self.a; }));
  composeExtensions = lib.fix (
    lib.extends (lib.composeExtensions (final: prev: { a = prev.a + 1; }) (final: prev: { a = prev.a * 10; d = final.a; })) (self: { a = 1; })
  );
  composeManyExtensions = lib.fix (
    lib.extends (lib.composeManyExtensions [
      (final: prev: { l = prev.l ++ [ 1 ]; })
      (final: prev: { l = prev.l ++ [ 2 ]; m = final.l; })
      (final: prev: { n = prev.m; })
    ]) (self: { l = [ 0 ]; })
  );
  makeExtensible =
    let
      base = lib.makeExtensible (self: { a = 1; b = self.a + 1; });
    in
    removeAttrs ((base.extend (final: prev: { a = 5; })).extend (final: prev: { c = prev.b + final.a; })) [ "extend" "__unfix__" ];
  toExtension = map (value: lib.fix (lib.extends (lib.toExtension value) (self: { a = 0; c = self.a; }))) [
    { a = 1; }
    (prev: { a = prev.a + 2; })
    (final: prev: { a = prev.a + 3; d = final.c; })
  ];
  converge = lib.converge (x: x / 2) 1000;

  versions = map (f: map f [ "1.2.3" "25.05" "1.2.3-rc4" ]) [ lib.versions.major lib.versions.minor lib.versions.majorMinor (lib.versions.pad 4) (lib.versions.pad 1) ];
  assertions = [ (attempt (lib.assertMsg false "m")) (lib.assertMsg true "m") (lib.assertOneOf "x" 1 [ 1 2 ]) (attempt (lib.assertOneOf "x" 3 [ 1 2 ])) (lib.asserts.assertEachOneOf "x" [ 1 2 ] [ 1 2 3 ]) ];
  textClosure = lib.textClosureMap lib.id {
    a = lib.stringAfter [ "b" "c" ] "A";
    b = lib.noDepEntry "B";
    c = lib.fullDepEntry "C" [ "b" ];
    d = lib.packEntry [ "a" "c" ];
  } [ "d" "b" ];
  runTests = lib.runTests {
    testGood = { expr = 1; expected = 1; };
    testBad = { expr = 1; expected = 2; };
    other = { expr = 1; expected = 2; };
  };
}
