{ lib, attempt }:

let
  inherit (lib) mkOption types mkIf mkMerge mkForce mkDefault mkOverride mkBefore mkAfter;

  configOf = modules: attempt (lib.evalModules { inherit modules; }).config;
  int = mkOption { type = types.int; };
  ints = mkOption { type = types.listOf types.int; default = [ ]; };
  flag = mkOption { type = types.bool; default = false; };
  warnings = { options.warnings = mkOption { type = types.listOf types.str; default = [ ]; }; options.assertions = mkOption { type = types.listOf types.raw; default = [ ]; }; };
in
{
  basic = map configOf [
    [ { options.a = int; config.a = 1; } ]
    [ { options.a = int; } { a = 1; } ]
    [ { options.a = int; } ]
    [ { options.a = int; } { a = "x"; } ]
    [ { options.a = int; } { b = 1; } ]
    [ { options.a = int; } { a = 1; } { a = 2; } ]
    [ { options.a.b = int; options.a.c = int; } { a.b = 1; } { a.c = 2; } ]
    [ { options.a = mkOption { }; } { a = 1; } ]
    [ { options.a = mkOption { default = 1; apply = x: x + 1; }; } ]
    [ { options.a = mkOption { readOnly = true; type = types.int; }; } { a = 1; } ]
    [ { options.a = mkOption { readOnly = true; type = types.int; }; } { a = 1; } { a = 1; } ]
    [ { options.a = mkOption { readOnly = true; default = 1; type = types.int; }; } { a = 1; } ]
    [ { _module.check = false; options.a = int; config.a = 1; config.zzz = 1; } ]
    [ { options.a = int; a = 1; } ]
    [ [ { } ] ]
    [ { options.a = types.int; } ]
    [ { options.a = int; } { options.a.b = int; config.a.b = 1; } ]
  ];

  properties = map configOf [
    [ { options.l = ints; config.l = mkMerge [ [ 1 ] (mkIf false [ 2 ]) (mkIf true [ 3 ]) ]; } ]
    [ { options.l = ints; } { l = [ 1 ]; } { l = [ 2 ]; } { l = mkBefore [ 3 ]; } { l = mkAfter [ 4 ]; } ]
    [ { options.a = int; } { a = mkDefault 1; } { a = 2; } ]
    [ { options.a = int; } { a = mkForce 1; } { a = 2; } ]
    [ { options.a = int; } { a = mkOverride 10 1; } { a = mkForce 2; } ]
    [ { options.a = int; options.f = flag; } { a = mkIf false 1; } ]
    [ ({ config, ... }: { options.a = int; options.f = flag; config = mkIf config.f { a = 1; }; }) { f = true; } ]
    [ ({ config, ... }: { options.a.b = int; options.f = flag; config = mkMerge [ (mkIf config.f { a.b = 1; }) (mkIf (!config.f) { a = { b = 2; }; }) ]; }) ]
    [ { options.x.y.l = ints; } { x = mkForce { y.l = [ 1 ]; }; } { x.y.l = [ 2 ]; } ]
    [ { options.x.y.l = ints; } { x = mkMerge [ { y.l = [ 1 ]; } (mkIf true { y = mkDefault { l = [ 2 ]; }; }) ]; } ]
    [ { options.a = int; } { a = mkIf "yes" 1; } ]
    [ { options.a = mkOption { type = types.attrsOf types.int; }; } { a.x = mkDefault 1; a.y = mkIf false 2; } { a.x = 3; } ]
    [ { options.a = mkOption { type = types.attrsOf types.int; default.d = 9; }; } { a.x = 1; } ]
    [ { options.a = mkOption { type = types.attrsOf types.int; default.d = 9; }; } { a = lib.mkOptionDefault { x = 1; }; } ]
    [ { options.l = ints; } { l = lib.mkOrder 1 [ 1 ]; } { l = mkForce (mkAfter [ 2 ]); } { l = mkForce [ 3 ]; } ]
    [ { options.a = int; } (mkIf true { a = 1; }) ]
    [ { options.a = int; } { a = lib.mkAssert true "m" 1; } ]
    [ { options.a = int; } { a = lib.mkAssert false "m" 1; } ]
  ];

  imports = map configOf [
    [ { imports = [ { options.a = int; } { imports = [ { a = 1; } ]; } ]; } ]
    [ { options.l = ints; l = [ ]; } ]
    [ ({ ... }: { imports = [ ({ lib, ... }: { options.a = lib.mkOption { type = lib.types.int; }; }) ]; a = 5; }) ]
    [ { imports = [ { key = "k"; options.a = int; a = 1; } ]; } { imports = [ { key = "k"; options.a = int; a = 2; } ]; } ]
    [ { options.l = ints; imports = [ { key = "x"; l = [ 1 ]; } { l = [ 2 ]; imports = [ { key = "x"; l = [ 9 ]; } { l = [ 3 ]; } ]; } ]; config.l = [ 4 ]; } { l = [ 5 ]; } ]
    [ { disabledModules = [ { key = "k"; } ]; options.a = int; } { key = "k"; a = 1; } { a = 2; } ]
    [ { disabledModules = [ { } ]; } ]
    [ { imports = [ { _type = "flake"; } ]; } ]
    [ { imports = [ (lib.modules.setDefaultModuleLocation "loc" { options.a = int; a = 1; }) ]; } ]
    [ ./fixtures/module.nix { value = 3; } ]
    [ (toString ./fixtures/module.nix) { value = 3; } ]
    [ (lib.modules.importApply ./fixtures/apply.nix { default = 7; }) ]
  ];

  args = [
    (configOf [ ({ extra, ... }: { options.a = int; config.a = extra; }) { _module.args.extra = 4; } ])
    (attempt (lib.evalModules { specialArgs.special = 6; modules = [ ({ special, specialArgs, ... }: { options.a = int; config.a = special + specialArgs.special; }) ]; }).config)
    (attempt (lib.evalModules { specialArgs.mods = [ { a = 1; } ]; modules = [ ({ mods, ... }: { imports = mods; options.a = int; }) ]; }).config)
    (configOf [ ({ options, ... }: { options.a = mkOption { default = 1; }; options.b = mkOption { default = options.a.default + 1; }; }) ])
  ];

  submodules = map configOf [
    [ { options.s = mkOption { type = types.attrsOf (types.submodule ({ name, config, ... }: { options.n = mkOption { default = name; }; options.m = mkOption { default = config.n + "!"; }; })); }; } { s.a = { }; s.b.n = "x"; } ]
    [ { options.s = mkOption { type = types.submodule { options.a = int; }; }; } { s.a = 1; } ]
    [ { options.s = mkOption { type = types.submodule { options.a = int; }; default = { }; }; } ]
    [ { options.s = mkOption { type = types.submodule { options.a = int; }; }; } { s.b = 1; } ]
    [ { options.s = mkOption { type = types.submodule { options.a = int; }; }; } { s = { config, ... }: { a = 3; }; } ]
    [ { options.s = mkOption { type = types.submodule { options.a = int; }; }; } { s = { imports = [ { a = 1; } ]; }; } ]
    [ { options.s = mkOption { type = types.submoduleWith { modules = [ { options.a = int; } ]; }; }; } { s = { imports = [ { a = 1; } ]; }; } ]
    [ { options.s = mkOption { type = types.submodule { options.l = ints; }; }; } { options.s = mkOption { type = types.submodule { options.m = ints; l = [ 1 ]; }; }; } { s.l = [ 2 ]; s.m = [ 3 ]; } ]
    [ { options.s = mkOption { type = types.submodule { options.a = int; }; }; } { options.s.b = int; } { s.a = 1; s.b = 2; } ]
    [ { options.s = mkOption { type = types.listOf (types.submodule { options.a = int; options.b = mkOption { default = 2; }; }); }; } { s = [ { a = 1; } ]; } { s = [ { a = 3; b = 4; } ]; } ]
    [ { options.s = mkOption { type = types.attrsOf (types.submodule { options.l = ints; }); }; } { s.x.l = [ 1 ]; } { s.x = mkIf true { l = mkBefore [ 2 ]; }; } { s.y = mkIf false { }; } ]
    [ { options.s = mkOption { type = types.submodule { _module.args.q = 5; imports = [ ({ q, ... }: { options.a = mkOption { default = q; }; }) ]; }; default = { }; }; } ]
    [ { options.s = mkOption { type = types.nullOr (types.submodule { options.a = mkOption { default = 1; }; }); default = null; }; } ]
    [ { options.s = mkOption { type = types.nullOr (types.submodule { options.a = mkOption { default = 1; }; }); default = null; }; } { s = { }; } ]
    [ { options.s = mkOption { type = types.either types.int (types.submodule { options.a = mkOption { default = 1; }; }); }; } { s = { }; } ]
    [ { options.s = mkOption { type = types.submodule { options.l = mkOption { type = types.lines; default = ""; }; config.l = "own"; }; }; } { s.l = "one"; } { s.l = "two"; } ]
  ];

  freeform = map configOf [
    [ { freeformType = types.attrsOf types.int; options.a = mkOption { default = 1; }; } { b = 2; } ]
    [ { freeformType = types.attrsOf types.int; } { b = "x"; } ]
    [ { freeformType = types.attrsOf types.anything; options.a.b = mkOption { default = 1; }; } { a.c = 2; d.e.f = [ 1 ]; } { d.e.f = [ 2 ]; } ]
    [ { _module.freeformType = types.attrsOf types.int; } { config.b = mkForce 2; } { b = 3; } ]
    [ { options.s = mkOption { type = types.submodule { freeformType = types.attrsOf types.str; options.n = mkOption { type = types.int; default = 0; }; }; }; } { s = { x = "y"; n = 2; }; } ]
    [ { freeformType = types.lazyAttrsOf types.int; } { b = mkIf false 2; } ]
    [ { freeformType = types.attrsOf types.int; } { b = mkIf false 2; c = 1; } ]
  ];

  declarations = map configOf [
    [ { options.a = mkOption { type = types.enum [ 1 ]; }; } { options.a = mkOption { type = types.enum [ 2 ]; }; } { a = 2; } ]
    [ { options.a = int; } { options.a = mkOption { type = types.str; }; } { a = 2; } ]
    [ { options.a = mkOption { default = 1; }; } { options.a = mkOption { description = "d"; }; } ]
    [ { options.a = mkOption { default = 1; }; } { options.a = mkOption { default = 2; }; } ]
    [ { options.a = 1; } ]
    [ { options = { a = { b = 1; }; }; } ]
  ];

  renames = map (modules: let e = lib.evalModules { modules = [ warnings ] ++ modules; }; in attempt (removeAttrs e.config [ "assertions" ] // { assertions = map (a: removeAttrs a [ "message" ]) e.config.assertions; })) [
    [ (lib.mkRenamedOptionModule [ "old" ] [ "new" ]) { options.new = int; } { new = 1; } ]
    [ (lib.mkAliasOptionModule [ "old" "x" ] [ "new" ]) { options.new = int; } { old.x = 1; } ]
    [ (lib.mkAliasOptionModule [ "old" ] [ "new" ]) { options.new = int; } { old = mkForce 1; } { new = 2; } ]
    [ (lib.mkAliasOptionModule [ "old" ] [ "new" ]) { options.new = int; } { old = mkDefault 1; } { new = 2; } ]
    [ (lib.mkAliasOptionModule [ "old" ] [ "new" ]) { options.new = ints; } { old = mkBefore [ 1 ]; } { new = [ 2 ]; } ]
    [ (lib.mkChangedOptionModule [ "old" ] [ "new" ] (config: [ config.old ])) { options.new = ints; } ]
    [ (lib.mkMergedOptionModule [ [ "a" ] [ "b" ] ] [ "new" ] (config: config.a + config.b)) { options.new = int; } { a = 1; b = 2; } ]
    [ (lib.mkRenamedOptionModuleWith { from = [ "old" ]; to = [ "new" ]; sinceRelease = 9999; }) { options.new = int; } { old = 1; } ]
    [ (lib.doRename { from = [ "old" ]; to = [ "new" ]; visible = true; warn = false; use = x: x; condition = false; }) { options.new = int; } { old = 1; new = 2; } ]
  ];
  renameWarnings = map (modules: attempt (lib.evalModules { modules = [ warnings ] ++ modules; }).config.warnings) [
    [ (lib.mkRenamedOptionModule [ "old" ] [ "new" ]) { options.new = int; } { _file = "user.nix"; old = 1; } ]
    [ (lib.mkChangedOptionModule [ "old" ] [ "new" ] (config: [ config.old ])) { options.new = ints; } { _file = "user.nix"; old = 4; } ]
  ];
  removed = map (modules: attempt (lib.evalModules { modules = [ warnings ] ++ modules; }).config.assertions) [
    [ (lib.mkRemovedOptionModule [ "gone" ] "Use x.") ]
    [ (lib.mkRemovedOptionModule [ "gone" ] "Use x.") { _file = "user.nix"; gone = 1; } ]
  ];

  records =
    let
      e = lib.evalModules {
        modules = [
          { _file = "decl.nix"; options.a = mkOption { type = types.listOf types.int; default = [ 0 ]; description = "d"; }; options.u = int; options.d = mkOption { default = 1; }; options.at = mkOption { type = types.attrsOf types.int; }; }
          { _file = "one.nix"; a = [ 1 ]; at.x = mkForce 3; }
          { _file = "two.nix"; a = mkBefore [ 2 ]; at.x = 5; at.y = 7; }
          { _file = "three.nix"; a = mkIf false [ 3 ]; }
        ];
      };
      o = e.options;
      brief = option: {
        inherit (option) loc declarations files definitions highestPrio isDefined;
        withLocations = option.definitionsWithLocations;
        shown = toString option;
      };
    in
    [
      (brief o.a)
      (brief o.d)
      (removeAttrs (brief o.u) [ ])
      (attempt o.u.value)
      (lib.modules.mergeAttrDefinitionsWithPrio o.at)
      (lib.mkAliasDefinitions o.a)
      (lib.mkDerivedConfig o.a (x: x ++ [ 9 ]))
      e._type
      (builtins.attrNames e)
    ];

  # Users' functions may take a definition apart, and find nothing in it but what nixpkgs has.
  usersTypes =
    let
      joined = _loc: defs: builtins.concatStringsSep "," (map ({ file, value }: "${file}=${value}") defs);
      e = lib.evalModules {
        modules = [
          {
            _file = "decl.nix";
            options.own = mkOption { type = lib.mkOptionType { name = "own"; merge = joined; }; };
            options.list = mkOption { type = types.listOf (types.str // { merge = joined; }); };
            options.attrs = mkOption { type = types.attrsOf (types.nullOr (lib.mkOptionType { name = "own"; merge = joined; })); };
            options.either = mkOption { type = types.either types.int (types.str // { merge = joined; }); };
            options.coerced = mkOption { type = types.coercedTo types.int toString (types.str // { merge = joined; }); };
          }
          { _file = "one.nix"; own = "a"; list = [ "b" ]; attrs.x = "c"; either = "d"; coerced = 1; }
          { _file = "two.nix"; own = "e"; list = [ "f" ]; attrs.x = "g"; either = "h"; coerced = "i"; }
        ];
      };
    in
    [
      e.config
      (map ({ file, value }: [ file value ]) e.options.own.definitionsWithLocations)
    ];

  extend =
    let
      base = lib.evalModules { modules = [ { options.l = ints; l = [ ]; } ] ++ [ ]; };
      good = lib.evalModules { modules = [ { options.l = ints; config.l = [ 1 ]; } ]; };
      more = good.extendModules { modules = [ { l = [ 2 ]; } ]; };
    in
    [ (attempt base.config) more.config (more.extendModules { modules = [ { l = mkForce [ 3 ]; } ]; }).config good.config ];

  class = [
    (attempt (lib.evalModules { class = "c"; modules = [ { _class = "c"; } ]; }).config)
    (attempt (lib.evalModules { class = "c"; modules = [ { _class = "d"; } ]; }).config)
    (attempt (lib.evalModules { class = "c"; modules = [ ({ _class, ... }: { options.k = mkOption { default = _class; }; }) ]; }).config)
    (attempt (lib.evalModules { prefix = [ "p" "q" ]; modules = [ ({ _prefix, ... }: { options.k = mkOption { default = _prefix; }; }) ]; }).config)
  ];

  deferred =
    let
      e = configOf [ { options.m = mkOption { type = types.deferredModule; default = { }; }; } { m = { options.a = int; }; } { m.a = 1; } ];
      c = (lib.evalModules { modules = [ { options.m = mkOption { type = types.deferredModule; }; } { m = { options.a = int; }; } { m.a = 1; } ]; }).config;
    in
    [ (e != null) (configOf [ c.m ]) ];

  optionTypes = attempt (
    (lib.evalModules { modules = [ { options.t = mkOption { type = types.optionType; }; } { t = types.enum [ 1 ]; } { t = types.enum [ 2 ]; } ]; }).config.t.description
  );

  definitions = [
    ((lib.mergeDefinitions [ "o" ] types.int [ { file = "f"; value = 1; } ]).mergedValue)
    ((lib.mergeDefinitions [ "o" ] types.int [ { file = "f"; value = mkIf false 1; } ]).isDefined)
    ((lib.mergeDefinitions [ "o" ] (types.listOf types.int) [ ]).mergedValue)
    (map (d: d.value) (lib.filterOverrides [ { file = "f"; value = mkForce 1; } { file = "g"; value = 2; } ]))
    (lib.mkFixStrictness 1)
    (lib.modules.mapDefinitionValue (x: x + 1) (mkIf true (mkForce 1)))
  ];
}
