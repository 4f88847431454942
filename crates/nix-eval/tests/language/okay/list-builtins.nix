with builtins;
{
  elem = [ (elem 1 [ 1 2 ]) (elem { } [ { } ]) (elem 3 [ ]) ];
  at = [ (elemAt [ 1 2 3 ] 1) (head [ 1 2 ]) (tail [ 1 2 3 ]) (length [ 1 2 ]) ];
  filter = filter (x: x > 1) [ 1 2 3 ];
  concat = [ (concatLists [ [ 1 ] [ ] [ 2 3 ] ]) ([ 1 ] ++ [ 2 ] ++ [ ]) (concatMap (x: [ x x ]) [ 1 2 ]) ];
  fold = foldl' (a: b: a + b) "" [ "a" "b" "c" ];
  lazy-fold = foldl' (a: b: b) (throw "not needed") [ 1 2 ];
  any = [ (any (x: x == 2) [ 1 2 ]) (all (x: x == 2) [ 1 2 ]) (any (x: true) [ ]) (all (x: false) [ ]) ];
  gen = genList (x: x * x) 5;
  sort = [ (sort lessThan [ 3 1 2 ]) (sort (a: b: a.k < b.k) [ { k = 1; v = 1; } { k = 0; v = 2; } { k = 1; v = 3; } { k = 0; v = 4; } ]) (sort (a: b: true) [ 1 2 3 ]) ];
  lazy-map = length (map (x: throw "not needed") [ 1 2 3 ]);
  closure = map (x: x.key) (genericClosure {
    startSet = [ { key = 1; } { key = 10; } ];
    operator = x: if x.key > 30 then [ ] else [ { key = x.key * 2; } { key = x.key + 10; } ];
  });
}
