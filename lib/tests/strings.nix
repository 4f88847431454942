{ lib, attempt }:

let
  samples = [
    ""
    "a"
    "hello world"
    "it's \"quoted\" $var \\ `x`"
    "multi\nline\ttext"
    "fooBarBaz"
    "foo-bar_baz qux"
    "  padded \n"
    "/nix/store"
    "[a](b){c}*.+?^|"
    "100%"
  ];
  each = f: map (s: attempt (f s)) samples;
  drv = { type = "derivation"; name = "pkg-1.2"; outPath = "/store/pkg"; };
in
{
  concat = [
    (lib.concatMapStrings toString [ 1 2 ])
    (lib.concatImapStrings (i: v: "${toString i}${v}") [ "a" "b" ])
    (lib.concatMapStringsSep "," toString [ 1 2 ])
    (lib.concatImapStringsSep "-" (i: v: "${toString i}${v}") [ "a" "b" ])
    (lib.concatMapAttrsStringSep ";" (n: v: "${n}=${v}") { b = "1"; a = "2"; })
    (lib.concatLines [ "a" "b" ])
    (lib.concatLines [ ])
    (lib.intersperse "/" [ "a" "b" "c" ])
    (lib.intersperse "/" [ "a" ])
    (lib.join "+" [ "a" "b" ])
    (lib.strings.replicate 3 "ab")
  ];
  trim = each lib.trim ++ each (lib.trimWith { start = true; }) ++ each (lib.trimWith { end = true; }) ++ each (lib.trimWith { });
  searchPath = [ (lib.makeBinPath [ "/a" null "/b" ]) (lib.makeSearchPath "share" [ "/a" ]) (lib.makeLibraryPath [ { lib = "/l"; out = "/o"; } { out = "/p"; } ]) (lib.makeSearchPathOutput "dev" "x" [ { dev = "/d"; } ]) ];
  normalizePath = map lib.strings.normalizePath [ "/a//b///c/" "" "a/b" ];
  affixes = map (affix: each (lib.hasPrefix affix) ++ each (lib.hasSuffix affix) ++ each (lib.hasInfix affix) ++ each (lib.removePrefix affix) ++ each (lib.removeSuffix affix)) [ "" "h" "world" "\n" "*" "a" "/nix" "longer than all of the samples together" ];
  characters = each lib.stringToCharacters ++ [ (lib.stringAsChars (c: if c == "a" then "A" else c) "banana") (map lib.strings.charToInt [ "a" " " "\n" "~" ]) ];
  escapes = map each [
    lib.escapeShellArg
    lib.strings.escapeNixString
    lib.strings.escapeNixIdentifier
    lib.escapeXML
    lib.escapeRegex
    lib.escapeURL
    (lib.escape [ "a" "$" ])
    (lib.strings.escapeC [ " " "l" ])
  ];
  escapeShellArgs = lib.escapeShellArgs [ "one" "two three" 4 "" ./. ] != "" && lib.escapeShellArgs [ "one" "two three" 4 "" true ] == "one 'two three' 4 '' 1";
  identifiers = map lib.strings.escapeNixIdentifier [ "a" "a-b" "a'" "1a" "let" "or" "inherit" "_x" "" "a.b" ];
  posixNames = map lib.isValidPosixName [ "a" "_A9" "9a" "a-b" "" ];
  shellVars = [
    (lib.toShellVars { a = 1; b = "x y"; c = [ "p" "q r" ]; d = { k = "v"; "k 2" = "v'"; }; e = drv; f = true; })
    (attempt (lib.toShellVar "a-b" 1))
  ];
  cases = map each [ lib.toLower lib.toUpper lib.toSentenceCase lib.toCamelCase ];
  moreCamel = map lib.toCamelCase [ "hello-world" "Hello World" "HTTPServer" "a_b-c d" "__x" ];
  split = map (sep: each (lib.splitString sep)) [ " " "o" "\n" "." "bar" ] ++ [ (lib.splitString "" "ab") (lib.splitString "::" "a::b::") ];
  splitStringBy = each (lib.splitStringBy (p: c: c == "a" || c == " ") false) ++ each (lib.splitStringBy (p: c: p == "o") true);
  compareVersions = map (pair: [ (lib.versionOlder (builtins.head pair) (lib.last pair)) (lib.versionAtLeast (builtins.head pair) (lib.last pair)) ]) [ [ "1.1" "1.2" ] [ "1.1" "1.1" ] [ "2" "1.9" ] [ "1.0pre" "1.0" ] [ "25.05" "25.11" ] ];
  names = map (x: [ (lib.getName x) (lib.getVersion x) ]) [ "youtube-dl-2016.01.01" { name = "a-b-1.0"; } { pname = "p"; version = "v"; } ];
  nameFromURL = lib.nameFromURL "https://x.org/foo-1.0.tar.gz" ".tar";
  flags = [
    (lib.cmakeBool "A" true) (lib.cmakeFeature "A" "x") (lib.cmakeOptionType "path" "A" "/x") (lib.mesonOption "a" "b") (lib.mesonBool "a" false) (lib.mesonEnable "a" true)
    (lib.enableFeature true "x") (lib.enableFeature false "x") (lib.enableFeatureAs true "x" "y") (lib.enableFeatureAs false "x" "y") (lib.withFeature true "x") (lib.withFeatureAs true "x" "y")
  ];
  fixedWidth = [ (lib.fixedWidthString 5 "0" "15") (lib.fixedWidthNumber 5 15) (lib.fixedWidthString 6 "ab" "xy") (lib.fixedWidthString 2 "0" "15") (attempt (lib.fixedWidthString 1 "0" "15")) (attempt (lib.fixedWidthString 5 "ab" "xy")) ];
  floats = map lib.strings.floatToString [ 0.5 1.0 (-2.25) ];
  stringLike = map lib.isStringLike [ "a" ./. drv { __toString = s: "x"; } 1 [ ] { } ] ++ map lib.strings.isConvertibleWithToString [ null 1 1.5 true [ 1 "a" ] [ { } ] { } drv ];
  storePaths = map lib.isStorePath [ "${builtins.storeDir}/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11" "${builtins.storeDir}/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11/bin" "/home" "x" 1 [ ] { } ];
  toInt = map (s: [ (attempt (lib.toInt s)) (attempt (lib.toIntBase10 s)) ]) [ "1337" "-4" " 123 " "00024" "0" "000" "1.5" "a" "" ];
  sanitize = map lib.strings.sanitizeDerivationName [ "foo" "..foo" "" "a b/c" "?" "x.y-z" (lib.strings.replicate 250 "y") "~~" ];
  levenshtein = map (pair: let a = builtins.head pair; b = lib.last pair; in [ (lib.strings.levenshtein a b) (map (k: lib.strings.levenshteinAtMost k a b) [ 0 1 2 3 5 ]) (lib.strings.commonPrefixLength a b) (lib.strings.commonSuffixLength a b) ]) [ [ "" "" ] [ "" "abc" ] [ "kitten" "sitting" ] [ "hello" "hallo" ] [ "abc" "abc" ] [ "enable" "enabel" ] [ "abcd" "dcba" ] [ "git" "gti" ] [ "longword" "x" ] ];
  wide = map (f: f "ünï \"x\"") [ lib.escapeShellArg lib.strings.escapeNixString lib.escapeXML lib.toUpper lib.trim (lib.splitString " ") lib.strings.sanitizeDerivationName ];
  replaceString = lib.replaceString "a" "bb" "banana";
}
