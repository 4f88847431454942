with builtins;
{
  remove = removeAttrs { a = 1; b = 2; c = 3; } [ "a" "c" "missing" ];
  same = removeAttrs { a = 1; } [ ];
  list = listToAttrs [ { name = "a"; value = 1; } { name = "a"; value = 2; } { name = "b"; value = 3; } ];
  intersect = [ (intersectAttrs { a = 1; b = 2; } { b = 3; c = 4; }) (intersectAttrs { a = 1; b = 2; c = 0; } { b = 3; }) ];
  cat = catAttrs "a" [ { a = 1; } { b = 2; } { a = 3; } ];
  map = mapAttrs (name: value: name + toString value) { a = 1; b = 2; };
  zip = zipAttrsWith (name: values: { inherit name values; }) [ { a = 1; } { a = 2; b = 3; } { c = 4; a = 5; } ];
  args = [ (functionArgs ({ a, b ? 1, ... }: a)) (functionArgs (x: x)) (functionArgs toString) ];
  group = groupBy (x: if x < 3 then "small" else "large") [ 1 2 3 4 ];
  partition = partition (x: x > 2) [ 1 2 3 4 ];
  get = [ (getAttr "a" { a = 1; }) (hasAttr "a" { }) (hasAttr "b" { b = 1; }) ];
  position = map (x: { inherit (x) line column; }) [ (unsafeGetAttrPos "b" { a = 1; b = 2; }) (unsafeGetAttrPos "a" ({ a = 1; } // { b = 2; })) ];
  no-position = [ (unsafeGetAttrPos "x" { }) (unsafeGetAttrPos "a" (mapAttrs (n: v: v) { a = 1; })) ];
}
