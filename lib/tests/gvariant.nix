{ lib, attempt }:

let
  g = lib.gvariant;
  show = value: attempt [ value.type (toString value) ];
in
{
  values = map (v: show (g.mkValue v)) [ true 1.5 "a'b\\\n" [ "a" ] [ [ true ] [ false ] ] ];
  refused = map (v: attempt (g.mkValue v).type) [ 1 [ ] [ 1.5 "a" ] { } null (x: x) ];
  numbers = map show [ (g.mkInt32 (-1)) (g.mkUint32 5) (g.mkInt64 6) (g.mkUint64 7) (g.mkInt16 8) (g.mkUint16 9) (g.mkUchar 10) (g.mkDouble 2.5) ];
  containers = map show [
    (g.mkArray [ "a" "b" ]) (g.mkEmptyArray g.type.string) (g.mkVariant "x") (g.mkVariant (g.mkInt32 1)) (g.mkTuple [ true "a" (g.mkInt32 3) ])
    (g.mkDictionaryEntry "k" (g.mkInt32 1)) (g.mkArray [ (g.mkDictionaryEntry "k" "v") ]) (g.mkNothing "s") (g.mkJust "x") (g.mkObjectpath "/a'b")
  ];
  types = [ (g.type.arrayOf "s") (g.type.maybeOf "s") (g.type.tupleOf [ "s" "i" ]) (g.type.dictionaryEntryOf "s" "v") ];
  constructors = map (c: c.name) g.intConstructors;
}
