let
  a = "let";
  b = "let";
in
{
  lexical = with { a = "with"; }; a;
  inner = with { c = "outer"; }; with { c = "inner"; }; c;
  outward = with { c = "outer"; d = "d"; }; with { c = "inner"; }; c + d;
  builtin = with { true = "with"; toString = "with"; }; [ true (toString 1) ];
  recursive = rec { a = b; b = "rec"; c = a; };
  inherited = rec { inherit a; x = a; };
  from = let set = { y = a + "!"; z = "z"; }; in { inherit (set) y z; };
  lazy = with throw "not needed"; b;
  function = (a: { inherit a; }) "argument";
  formals = ({ a ? "default", b, ... }@all: [ a b (all ? a) ]) { b = a; c = 1; };
  defaults = ({ x ? y + 1, y ? 2 }: x) { };
  nested = (x: y: z: x + y + z) "1" "2" "3";
}
