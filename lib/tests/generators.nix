{ lib, attempt }:

let
  g = lib.generators;
  drv = { type = "derivation"; name = "d"; outPath = "/store/d"; };
  values = [ 1 (-5) 1.5 true false null "str" "with = and \"q\"" drv ];
  nested = {
    a = 1;
    b = "two\nlines";
    "c d" = [ 1 [ 2 "x" ] { } [ ] ];
    e = { f = null; g.h = true; };
    fn = x: x;
    fn2 = { p, q ? 1 }: p;
    d = drv;
    s = "\${x} ''q'' \\ \"";
    fl = 0.25;
    m = "a\n";
  };
  git = {
    user.name = "A \"B\" \\ C";
    core = { editor = "vim"; pager = "less\t-x\n"; bare = false; n = 1; };
    remote.origin.url = "u";
    "branch.main".merge = "m";
    url."ssh://git@x.org/".insteadOf = [ "a" "b" ];
    includeIf."gitdir:~/w/" = { path = "p"; deep.er.k = 1; };
    alias = { a = "!x"; };
    "has\"quote" = { k = 1; };
  };
in
{
  mkValueString = map (v: attempt (g.mkValueStringDefault { } v)) values;
  keyValue = [
    (g.mkKeyValueDefault { } ":" "k:e" "v:a")
    (g.mkKeyValueDefault { mkValueString = v: "<${toString v}>"; } "=" "k" 1)
    (g.toKeyValue { } { a = 1; b = "x"; c = null; "d=e" = true; })
    (g.toKeyValue { listsAsDuplicateKeys = true; indent = "  "; } { a = [ 1 2 ]; b = "x"; c = [ ]; })
    (g.toKeyValue { } { })
  ];
  ini = [
    (g.toINI { } { })
    (g.toINI { } { a = { x = 1; y = true; }; "b[c]" = { }; d.z = "q"; })
    (g.toINI { listsAsDuplicateKeys = true; mkSectionName = lib.toUpper; mkKeyValue = k: v: "${k} -> ${toString v}"; } { a.x = [ 1 2 ]; })
    (g.toINIWithGlobalSection { } { globalSection = { }; sections.a.b = 1; })
    (g.toINIWithGlobalSection { } { globalSection = { g = 1; }; sections.a.b = 1; })
    (g.toINIWithGlobalSection { listsAsDuplicateKeys = true; } { globalSection = { g = [ 1 2 ]; }; })
  ];
  git = [ (g.toGitINI git) (g.toGitINI { }) (g.toGitINI { a.b = 1; }) ];
  json = [ (g.toJSON { } { a = [ 1 null ]; }) (g.toYAML { } { a = [ 1 null ]; }) ];
  pretty = [
    (g.toPretty { } nested)
    (g.toPretty { multiline = false; } nested)
    (g.toPretty { indent = "    "; } nested)
    (g.toPretty { allowPrettyValues = true; } { a = { __pretty = v: "<${v}>"; val = "x"; }; })
    (map (g.toPretty { }) [ "" "\n" "a\n\nb" [ ] { } 1 (-1) 1.0 ])
  ];
  recursion =
    let
      infinite = { x = infinite; l = [ 1 ]; };
    in
    map (depth: g.toPretty { } (g.withRecursion { depthLimit = depth; throwOnDepthLimit = false; } infinite)) [ 0 1 2 3 ] ++ [ (attempt (g.withRecursion { depthLimit = 1; } infinite)) (g.withRecursion { depthLimit = 5; } { a.b = [ 1 ]; }) ];
  plist = [
    (g.toPlist { escape = true; } { a = 1; b = [ "x & <y>" 1.5 ]; c = null; d = { e = true; f = false; "k&" = { }; }; _module = 1; l = [ ]; })
    (g.toPlist { escape = true; } [ 1 { a = "b"; } ])
  ];
  dhall = map (g.toDhall { }) [ { a = 1; b = [ true (-2) ]; } "x\"" 0 ];
  lua = [
    (g.toLua { } { a = 1; b = [ "x" 1.5 { } [ ] ]; "c d" = null; e = g.mkLuaInline "f(1)"; g.h = true; })
    (g.toLua { multiline = false; } { a = [ 1 2 ]; b.c = "x"; })
    (g.toLua { asBindings = true; indent = "  "; } { a = { b = 1; }; "x.y" = 1; })
    (attempt (g.toLua { asBindings = true; } { "a b" = 1; }))
    (map (g.toLua { }) [ null true "s" drv ])
  ];
  dconf = g.toDconfINI { "a/b" = { i = lib.gvariant.mkInt32 1; s = "x'y"; l = [ "p" "q" ]; e = lib.gvariant.mkEmptyArray lib.gvariant.type.string; b = true; d = 1.5; t = lib.gvariant.mkTuple [ true "a" ]; u = lib.gvariant.mkUint32 5; }; };

  cli = [
    (lib.cli.toCommandLineShellGNU { } { data = "x y"; X = "PUT"; retry = 3; retry-delay = null; url = [ "a" "b" ]; silent = false; verbose = true; v = true; n = 5; })
    (lib.cli.toCommandLineGNU { explicitBool = true; isLong = n: true; formatArg = v: "<${lib.boolToString v}>"; } { a = true; b = false; c = null; })
    (lib.cli.toCommandLine (name: { option = "/${name}"; sep = null; explicitBool = false; }) { a = 1; b = [ "x" "y" ]; c = true; })
    (lib.cli.toGNUCommandLine { } { a = 1; long = "x"; t = true; f = false; l = [ 1 2 ]; n = null; })
    (lib.cli.toGNUCommandLine { optionValueSeparator = "="; } { a = 1; l = [ 1 2 ]; })
    (lib.cli.toGNUCommandLineShell { } { a = "x y"; })
  ];
}
