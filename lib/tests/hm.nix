# `lib.hm`; its answers are recorded from Home Manager's own library.
{ lib, attempt }:

let
  inherit (lib.hm)
    dag
    darwin
    deprecations
    generators
    gvariant
    mcp
    nushell
    shell
    strings
    types
    zsh
    ;

  ordered = {
    a = dag.entryAnywhere "1";
    b = dag.entryAfter [ "a" "c" ] "2";
    c = dag.entryBefore [ "d" "x" ] "3";
    d = dag.entryBefore [ "e" ] "4";
    e = dag.entryAnywhere "5";
  };
  cyclic = ordered // {
    c = dag.entryAfter [ "d" ] "3";
    d = dag.entryAfter [ "b" ] "4";
  };

  valueOf =
    type: definitions:
    (lib.evalModules {
      modules = [ { options.o = lib.mkOption { inherit type; }; } ] ++ map (value: { o = value; }) definitions;
    }).config.o;

  showVariant = value: if value ? type then [ value.type (toString value) ] else value;
in
{
  dag = map dag.topoSort [ ordered cyclic { } ] ++ [
    (dag.map (name: data: name + data) ordered)
    (dag.entriesBetween "t" [ "z" ] [ "q" ] [ 1 2 3 ])
    (dag.entriesAnywhere "t" [ ])
    (dag.entriesAfter "t" [ "a" ] [ 1 ])
    (dag.entriesBefore "t" [ "a" ] [ 1 2 ])
    (dag.isDag ordered)
    (dag.isDag { a = 1; })
    (dag.isEntry ordered.a)
    dag.empty
  ];

  dagOf = map (definitions: attempt (valueOf (types.dagOf lib.types.int) definitions)) [
    [ { a = 1; } ]
    [ { a = dag.entryAfter [ "b" ] 1; } { b = 2; } ]
    [ { a = "x"; } ]
  ] ++ [
    (valueOf (types.dagOf (lib.types.submodule ({ dagName, name, ... }: { options.n = lib.mkOption { default = dagName + name; }; }))) [ { a = { }; } ])
    (types.dagOf lib.types.int).description
  ];

  storeNames = map strings.storeFileName [ "a/b-c" "~/ö" "x y[z]{}" "é^$" ".config/git/config" ];
  cases = map strings.toSnakeCase [ "fooBarBaz" "FooURL" "" ] ++ map strings.toKebabCase [ "fooBar" "a" ];
  predicates = map (s: map (f: f s) [ strings.isCamelCase strings.isPascalCase strings.isSnakeCase strings.isKebabCase strings.isScreamingSnakeCase ]) [ "foo" "fooBar" "FooBar" "foo_bar" "foo-bar" "FOO_BAR" "" "a1" "A1" ];
  pathLike = map strings.isPathLike [ "x" "${builtins.storeDir}/x" ./. { type = "derivation"; } 1 ];

  kdl = [
    (generators.toKDL { } {
      a = 1;
      b = "x\n\"\\\t";
      c = [ 1 2 "x" ];
      d = { _args = [ 1 true null ]; _props = { k = "v"; }; e = { f = 1; }; _children = [ { z = 1; y = 2; } { z = 3; } ]; };
      g = [ { a = 1; } [ 1 2 ] "s" ];
      h = { };
      i = [ ];
      n = null;
      fl = 1.5;
      _children = [ { a = 1; b = 2; } { c = 3; } ];
    })
    (generators.toKDL { escapeBackslashes = true; escapeTabs = true; } { b = "x\n\"\\\t"; })
    (generators.toKDL { } { })
  ];
  scfg = map (generators.toSCFG { }) [
    [ ]
    [
      { name = "a"; }
      { name = "b c"; params = [ "x" 1 true 1.5 "" "q\"uo\\te'" ]; }
      { name = "k"; children = [ { name = "z"; params = [ "{" ]; } { name = "e"; params = null; children = [ ]; } ]; }
    ]
  ] ++ [ (attempt (generators.toSCFG { } [ { name = null; } ])) ];
  hyprconf = map generators.toHyprconf [
    { attrs = { "$mod" = "SUPER"; a = 1; b = { c = true; "$x" = 2; l = [ "a" "b" ]; }; m = [ { x = 1; } { y = 2; } ]; z = { }; e = [ ]; }; }
    { attrs = { bezier = "a"; x.y = 1; "$a" = [ "1" "2" ]; }; indentLevel = 2; importantPrefixes = [ "$" "bezier" ]; }
  ];
  orderedText =
    let
      sections = { a = dag.entryAfter [ "c" ] { x = 1; l = [ 1 2 ]; }; b = { y = true; }; c = dag.entryBefore [ "b" ] { z = "q"; }; };
      keys = { a = dag.entryAfter [ "b" ] [ 1 2 ]; b = 3; };
    in
    [
      (generators.toDAGOrderedINI { listsAsDuplicateKeys = true; } sections)
      (generators.toDAGOrderedKeyValue { listToValue = toString; indent = "  "; } keys)
      (generators.toDAGOrderedKeyValue { listsAsDuplicateKeys = true; } keys)
      (generators.toDAGOrderedAttrs { } sections)
      (generators.sortDAGEntries { } sections)
      (generators.isDAGEntryWithOrdering sections.a)
      (generators.hasDAGEntryWithOrdering { q = dag.entryAnywhere 1; })
      (generators.toDAGOrderedAttrs { } { q = dag.entryAnywhere 1; })
    ];

  nushell = map (nushell.toNushell { }) [ null true 1 1.5 "a\"" [ ] [ 1 [ 2 ] ] { } { a = 1; "b c" = { d = [ 1 ]; }; i = nushell.mkNushellInline "$x"; } ] ++ [
    (nushell.toNushell { multiline = false; } { a = [ 1 2 ]; })
    (nushell.toNushell { asBindings = true; indent = "  "; } { a = { b = 1; }; c = 1; })
    (attempt (nushell.toNushell { asBindings = true; } { "a b." = 1; }))
    (attempt (valueOf types.nushellValue [ { a = [ 1 { b = null; } ]; } ]))
  ];

  gvariant = map (v: let made = gvariant.mkValue v; in if made == null then null else showVariant made) [ true 1 1.5 "a'b\\\n" [ ] [ 1 2 ] [ [ 1 ] [ 2 ] ] null { } ] ++ map showVariant [
    (gvariant.mkVariant 1) (gvariant.mkTuple [ 1 "a" true ]) (gvariant.mkDictionaryEntry [ "a" 1 ]) (gvariant.mkNothing "s") (gvariant.mkJust [ 1 ]) (gvariant.mkObjectpath "/a'b")
    (gvariant.mkUchar 1) (gvariant.mkInt16 2) (gvariant.mkUint16 2) (gvariant.mkUint32 3) (gvariant.mkInt64 4) (gvariant.mkUint64 5) (gvariant.mkEmptyArray "s")
  ];
  gvariantType = map (definitions: attempt (showVariant (valueOf types.gvariant definitions))) [
    [ "a" ] [ [ 1 2 ] [ 3 ] ] [ 1 1 ] [ 1 "x" ] [ 1.5 ] [ (gvariant.mkTuple [ 1 2 ]) ] [ (gvariant.mkVariant 1) ] [ true ] [ true false ] [ { } ] [ [ "a" ] [ "b" ] ]
  ];

  functions = [
    ((valueOf types.selectorFunction [ (s: [ s.a ]) (s: [ s.b ]) ]) { a = 1; b = 2; })
    ((valueOf types.overlayFunction [ (final: prev: { x = prev.y; }) (final: prev: { z = final.y; }) ]) { y = 1; } { y = 2; })
    (valueOf types.fontType [ { name = "x"; size = 1; } ])
  ];
  sourceFiles = map (definitions: attempt (builtins.mapAttrs (_: v: if builtins.isPath v then baseNameOf v else v) (valueOf (types.sourceFileOrLines "dir" "f") definitions))) [
    [ "text" "more" ]
    [ { source = ./fixtures; } ]
    [ { source = ./fixtures/one.nix; } ]
    [ { text = "x"; recursive = true; } ]
  ];

  shell = [
    (shell.exportAll { a = 1; b = true; c = null; d = "x"; })
    (shell.prependToVar ":" "PATH" [ "a" "b" ])
    (shell.formatShellArrayContent [ "a" "b c" (lib.strings.replicate 60 "d") (lib.strings.replicate 40 "e") "f'" ])
    (shell.formatShellArrayContent [ ])
    (zsh.defineAll { a = [ 1 "b c" ]; b = true; c = "x`\"\\$y"; d = 1; e = [ ]; })
    (zsh.exportAll { a = 1; b = null; c = "d"; } { indent = "  "; })
    (zsh.exportAll { a = 1; b = null; c = "d"; } { })
    (removeAttrs (shell.mkZshIntegrationOption { config.home.shell.enableZshIntegration = true; extraDescription = "foo"; }) [ "type" ])
    (lib.hm.booleans.yesNo true)
    (lib.hm.git.diffPagerConfig "p")
  ];

  assertPlatform = lib.hm.assertions.assertPlatform "m" { stdenv.hostPlatform.system = "x"; } [ "z" "y" ];

  deprecations = [
    (deprecations.mkDeprecatedOptionValueWarning { option = [ "a" "b.c" ]; old = "x"; replacement = "y"; details = "q"; })
    (deprecations.mkDeprecatedOptionValueWarning { option = [ "a" ]; old = "x"; replacement = "y"; })
    (deprecations.mkDeprecatedOptionValueRenameWarning { option = [ "a" ]; old = "x"; replacement = "y"; })
    (deprecations.mkStateVersionOptionDefault { stateVersion = "26.05"; since = "26.05"; optionPath = [ "a" ]; legacy.value = 1; current = { value = 2; text = "two"; }; extraWarning = "E"; })
    (deprecations.mkStateVersionOptionDefault { stateVersion = "24.05"; since = "26.05"; optionPath = [ "a" ]; legacy.value = 1; current.value = 2; deferWarningToConfig = true; config = { }; options = { a.highestPrio = 1500; }; })
    (deprecations.mkStateVersionListSubmoduleWarnings {
      stateVersion = "24.05";
      since = "26.05";
      baseWarning = "B\n";
      definitions = [ { file = "/a/b.nix"; value = [ { name = "x"; config = "c"; } { name = "y"; config = "c"; type = "t"; } ]; } ];
      shouldWarnEntry = deprecations.mkListEntryOmittedFieldPredicate { omittedField = "type"; triggerField = "config"; };
      describeEntry = entry: "E ${entry.value.name}";
      extraEntryWarning = entry: "X";
    })
    (lib.evalModules {
      modules = deprecations.mkSettingsRenamedOptionModules [ "o" ] [ "n" ] { } [ "fooBar" [ "a" "bC" ] { old = "z"; new = [ "y" "w" ]; } ] ++ [
        { options.warnings = lib.mkOption { default = [ ]; }; options.n = lib.mkOption { type = lib.types.attrs; }; }
        { o.fooBar = 1; o.a.bC = 2; o.z = 3; }
      ];
    }).config.n
  ];

  darwin = map darwin.mkCalendarInterval [ "hourly" "daily" "weekly" "monthly" "semiannually" "annually" "x" ] ++ [ (darwin.assertInterval "o" "x" { stdenv.hostPlatform.isDarwin = true; }) darwin.intervalDocumentation ];

  mcp =
    let
      server = { command = "c"; args = [ "a" ]; env = { A = "b"; T.file = "/x y"; }; disabled = true; serverUrl = "u"; z = null; };
      pkgs.writeShellScript = name: text: "${name}\n${text}";
    in
    [
      (mcp.transformMcpServer { inherit server; })
      (mcp.transformMcpServer { inherit server; exclude = [ "enabled" ]; extraTransforms = [ mcp.addType (mcp.wrapEnvFilesCommand { inherit pkgs; name = "n"; }) ]; })
      (mcp.addType { url = null; })
      (mcp.addType { type = "q"; })
      (mcp.renderEnv (x: x) server.env)
      (map mcp.resolveEnabled [ { } { enabled = false; disabled = false; } { disabled = true; } ])
    ];
}
