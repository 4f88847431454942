let
  name = "computed";
in
{
  dynamic = { ${name} = 1; "a${name}" = 2; ${null} = 3; };
  merged = { a.b = 1; a.c.d = 2; a = { e = 3; }; };
  update = { a = 1; b = 2; } // { b = 3; c = 4; };
  has = [ ({ a.b = 1; } ? a.b) ({ a = 1; } ? a.b) ({ } ? a) ({ "x y" = 1; } ? "x y") ({ x = { }; } ? x.${name}) ];
  select = { a.b = 1; }.a.b;
  default = [ ({ }.a or "none") ({ a = 1; }.a.b.c or "deep") ({ a.${name} = 5; }.a.${name} or 6) ];
  names = builtins.attrNames { "10" = 0; "9" = 0; B = 0; b = 0; a-b = 0; "" = 0; };
  values = builtins.attrValues { b = 2; a = 1; };
  overrides = rec { x = 1; y = x; __overrides = { x = 2; }; };
  functor = let f = { __functor = self: x: self.y + x; y = 1; }; in f 2;
  old = let { x = 1; body = x + 1; };
  or = { or = 1; }.or;
}
