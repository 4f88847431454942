{
  division = [ (7 / 2) ((-7) / 2) (7.0 / 2) ];
  mixed = [ (1 + 1.5) (2 * 0.5) (1 - 0.5) ];
  negation = [ (-3) (- 3.5) (1 - -1) ];
  limits = [ 9223372036854775807 (-9223372036854775807 - 1) (1152921504606846976 * 4 - 1) ];
  comparison = [ (1 < 2) (2 <= 1) (1.5 > 1) (1 >= 1.0) (1 == 1.0) ("a" < "b") ([ 1 2 ] < [ 1 3 ]) ([ ] < [ 1 ]) (./a < ./b) ];
  bits = [ (builtins.bitAnd 12 10) (builtins.bitOr 12 10) (builtins.bitXor 12 10) ];
  rounding = [ (builtins.ceil 1.2) (builtins.floor (-1.2)) (builtins.ceil 3) ];
}
