let
  list = [ (throw "first") 2 ];
  loop = { a = loop.b; b = 1; c = loop; };
in
[
  (builtins.elemAt list 1)
  (builtins.length list)
  loop.a
  loop.c.c.c.a
  (false && throw "right")
  (true || throw "right")
  (false -> throw "right")
  (if true then 1 else throw "else")
  (builtins.seq 1 2)
  (let x = { y = x; z = 3; }; in x.y.y.z)
  (({ a ? throw "default", b }: b) { b = 4; })
  (builtins.tryEval (throw "caught")).success
  (builtins.tryEval (assert false; 1))
  (builtins.tryEval 5)
  (builtins.tryEval <not-in-the-search-path>).success
]
