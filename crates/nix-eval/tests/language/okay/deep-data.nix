# Chains that are not calls need the native stack only.
let
  chain = builtins.foldl' (rest: n: { inherit n rest; }) null (builtins.genList (n: n) 5000);
  depth = list: if list == null then 0 else 1 + depth list.rest;
  count = builtins.foldl' (sum: n: sum + n) 0 (builtins.genList (n: n) 100000);
in
[ (depth chain) count ]
