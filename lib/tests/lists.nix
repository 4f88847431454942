{ lib, attempt }:

let
  lists = [ [ ] [ 1 ] [ 3 1 2 ] [ 1 1 2 3 3 ] [ "b" "a" ] ];
  edges = pairs: a: b: builtins.elem [ a b ] pairs;
in
{
  folds = map (list: [
    (lib.foldr (x: y: "${toString x}(${y})") "." list)
    (lib.foldl (x: y: "(${x})${toString y}") "." list)
    (lib.foldl' (x: y: "(${x})${toString y}") "." list)
  ]) lists;
  lazyFold = lib.foldr (x: rest: if x == 2 then x else rest) (throw "end") [ 1 2 3 ];
  imap = map (lib.imap0 (i: v: "${toString i}-${toString v}")) lists ++ map (lib.imap1 (i: v: "${toString i}-${toString v}")) lists;
  ifilter0 = lib.ifilter0 (i: v: i == 0 || v > 2) [ 1 2 3 ];
  flatten = map lib.flatten [ [ ] [ 1 [ 2 [ [ 3 ] 4 ] ] ] 5 ];
  remove = lib.remove 3 [ 1 3 2 3 ];
  findSingle = map (lib.findSingle (x: x == 3) "none" "many") lists;
  findFirst = map (lib.findFirst (x: x == 3 || x == "a") "none") lists;
  findFirstIndex = map (lib.lists.findFirstIndex (x: x == 3 || x == "a") null) lists;
  count = map (lib.count (x: x == 3)) lists;
  optional = [ (lib.optional true 1) (lib.optional false 1) (lib.optionals true [ 1 2 ]) (lib.optionals false [ 1 ]) ];
  toList = map lib.toList [ 1 [ 2 ] "x" ];
  range = [ (lib.range 1 3) (lib.range 3 1) (lib.range (-1) 1) (lib.replicate 3 "x") (lib.replicate 0 "x") ];
  partition = lib.partition (x: x > 2) [ 5 1 2 3 4 ];
  groupBy = lib.groupBy toString [ 1 2 1 ];
  groupBy' = lib.groupBy' builtins.add 0 (x: if x > 2 then "big" else "small") [ 5 1 2 3 4 ];
  zip = [ (lib.zipListsWith (a: b: a + b) [ 1 2 ] [ 10 20 30 ]) (lib.zipLists [ 1 2 ] [ "a" ]) ];
  reverse = map lib.reverseList lists;
  toposort = [
    (lib.toposort (edges [ ]) [ 1 2 3 ])
    (lib.toposort (edges [ [ 3 1 ] [ 2 3 ] ]) [ 1 2 3 4 ])
    (lib.toposort (edges [ [ 3 1 ] [ 1 2 ] [ 2 3 ] ]) [ 1 2 3 4 ])
    (lib.toposort (a: b: lib.hasPrefix a b) [ "/home/user/other" "other" "/home/user" "/home" "o" "/" ])
    (lib.toposort (a: b: a < b) [ 3 2 1 9 4 ])
    (lib.toposort (edges [ [ 1 1 ] ]) [ 1 ])
    (lib.toposort (edges [ ]) [ ])
    (lib.toposort (edges [ [ "e" "a" ] [ "d" "b" ] [ "f" "e" ] [ "b" "e" ] ]) [ "a" "b" "c" "d" "e" "f" ])
  ];
  listDfs = lib.listDfs true (a: b: lib.hasPrefix a b) [ "/home/user" "other" "/" "/home" ];
  sort = [ (lib.sort (a: b: a < b) [ 3 1 2 ]) (lib.sortOn (x: -x) [ 3 1 2 ]) (lib.sortOn builtins.stringLength [ "bb" "a" "cc" "" ]) ];
  naturalSort = [
    (lib.naturalSort [ "disk11" "disk8" "disk100" "disk9" ])
    (lib.naturalSort [ "10.46.133.149" "10.5.16.62" "10.54.16.25" ])
    (lib.naturalSort [ "v0.2" "v0.15" "v0.0.9" "a" "" ])
  ];
  compareLists = map (pair: lib.compareLists lib.compare (builtins.head pair) (lib.last pair)) [
    [ [ ] [ ] ] [ [ ] [ 1 ] ] [ [ 1 ] [ ] ] [ [ 1 2 ] [ 1 3 ] ] [ [ 2 ] [ 1 3 ] ] [ [ 1 ] [ 1 ] ]
  ];
  slices = map (list: map (n: [ (lib.take n list) (lib.drop n list) (lib.takeEnd n list) (lib.dropEnd n list) (lib.sublist 1 n list) ]) [ 0 1 2 7 ]) lists;
  ends = map (list: [ (attempt (lib.last list)) (attempt (lib.init list)) ]) lists;
  prefixes = [
    (lib.lists.hasPrefix [ 1 ] [ 1 2 ]) (lib.lists.hasPrefix [ 2 ] [ 1 2 ]) (lib.lists.hasPrefix [ ] [ ])
    (lib.lists.removePrefix [ 1 ] [ 1 2 ]) (attempt (lib.lists.removePrefix [ 2 ] [ 1 2 ]))
    (lib.lists.commonPrefix [ 1 2 3 ] [ 1 2 4 5 ]) (lib.lists.commonPrefix [ 1 ] [ 1 2 ]) (lib.lists.commonPrefix [ ] [ 1 ])
  ];
  unique = map lib.unique lists ++ map lib.allUnique lists ++ [ (lib.uniqueStrings [ "b" "a" "b" ]) ];
  sets = [ (lib.intersectLists [ 1 2 3 ] [ 6 3 2 ]) (lib.subtractLists [ 3 2 ] [ 1 2 3 4 5 3 ]) (lib.mutuallyExclusive [ 1 ] [ 2 ]) (lib.mutuallyExclusive [ 1 ] [ 1 2 ]) (lib.mutuallyExclusive [ ] [ ]) ];
  replaceElemAt = [ (lib.replaceElemAt [ 1 2 3 ] 1 "x") (attempt (lib.replaceElemAt [ 1 ] 1 "x")) ];
  crossLists = lib.crossLists (x: y: "${toString x}${toString y}") [ [ 1 2 ] [ 3 4 ] ];
  concatAttrValues = lib.concatAttrValues { b = [ 1 ]; a = [ 2 3 ]; };
}
