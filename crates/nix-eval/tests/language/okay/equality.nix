let
  f = x: x;
  s = { inherit f; };
in
{
  functions = [ (f == f) ([ f ] == [ f ]) (s == s) ({ inherit f; } == { inherit f; }) ];
  derivations = [
    ({ type = "derivation"; outPath = "a"; x = 1; } == { type = "derivation"; outPath = "a"; y = 2; })
    ({ type = "derivation"; outPath = "a"; } == { type = "derivation"; outPath = "b"; })
  ];
  types = [ (1 == "1") (null == false) ([ ] == { }) (./. == toString ./.) ("a" != "b") ];
  nested = [ ({ a.b = [ 1 { c = 2; } ]; } == { a = { b = [ 1.0 { c = 2; } ]; }; }) ({ a = 1; } == { b = 1; }) ];
  lazy = [ ([ 1 (throw "not needed") ] == [ 2 3 ]) ({ a = 1; b = throw "not needed"; } == { a = 1; }) ];
}
