with builtins;
{
  interpolation = "a${"b"}c${toString 1}";
  indented = ''
      two
    zero
      ''${literal} ''' ''\t
  '';
  substring = [ (substring 1 2 "abcd") (substring 2 (-1) "abcd") (substring 9 1 "abcd") (substring 0 0 "abcd") ];
  to-string = map toString [ 1 1.5 true false null "s" [ 1 [ ] [ 2 [ ] ] null true ] { outPath = "out"; } { __toString = self: self.x; x = "x"; outPath = "no"; } ];
  length = map stringLength [ "" "abc" "ü" ];
  join = concatStringsSep ", " [ "a" "b" { outPath = "c"; } ];
  replace = [
    (replaceStrings [ "a" "bb" ] [ "1" "2" ] "abbab")
    (replaceStrings [ "" ] [ "-" ] "ab")
    (replaceStrings [ "a" "" ] [ "x" "." ] "ba")
    (replaceStrings [ "x" ] [ (throw "not needed") ] "ab")
    (replaceStrings [ "ab" "a" ] [ "1" "2" ] "aab")
  ];
  paths = [ (baseNameOf "/a/b/") (baseNameOf "a") (dirOf "/a/b") (dirOf "a") (dirOf "/a") (toPath "/a/../b//c") ];
  escapes = "\n\t\r\\\"\${}$";
}
