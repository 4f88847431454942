{ lib, attempt }:

let
  t = lib.types;
  drv = { type = "derivation"; name = "d"; outPath = "/store/d"; };

  types = {
    inherit (t)
      anything attrs bool boolByOr commas envVar float int json lines luaInline nonEmptyStr number package path
      pathInStore port raw shellPackage singleLineStr str toml unspecified externalPath optionType deferredModule;
    inherit (t.ints) unsigned positive u8 u16 u32 s8 s16 s32;
    inherit (t.numbers) nonnegative;
    numbersPositive = t.numbers.positive;
    between = t.ints.between 3 7;
    numbersBetween = t.numbers.between 0 1.5;
    strMatching = t.strMatching "[a-z]+";
    separated = t.separatedString "+";
    passwdEntry = t.passwdEntry t.str;
    enum = t.enum [ "a" "b" 3 true ];
    enum1 = t.enum [ "only" ];
    enum0 = t.enum [ ];
    listOf = t.listOf t.int;
    listOfLines = t.listOf t.lines;
    nonEmptyListOf = t.nonEmptyListOf t.str;
    attrsOf = t.attrsOf t.int;
    lazyAttrsOf = t.lazyAttrsOf t.int;
    attrsOfLists = t.attrsOf (t.listOf t.str);
    placeholder = t.attrsWith { elemType = t.int; placeholder = "user"; };
    nullOr = t.nullOr t.int;
    nullOrEither = t.nullOr (t.either t.int t.str);
    either = t.either t.int (t.listOf t.str);
    either2 = t.either t.ints.unsigned (t.enum [ "x" "y" ]);
    oneOf = t.oneOf [ t.bool t.int (t.attrsOf t.str) ];
    coercedTo = t.coercedTo t.int toString t.str;
    coercedList = t.coercedTo t.str (s: [ s ]) (t.listOf t.str);
    uniq = t.uniq t.int;
    unique = t.unique { message = "m"; } (t.listOf t.int);
    functionTo = t.functionTo t.int;
    submodule = t.submodule { options.x = lib.mkOption { type = t.int; default = 1; }; };
    submoduleName = t.attrsOf (t.submodule ({ name, ... }: { options.n = lib.mkOption { type = t.str; default = name; }; }));
    freeform = t.submodule { freeformType = t.attrsOf t.int; options.x = lib.mkOption { type = t.int; default = 1; }; };
    attrTag = t.attrTag { a = lib.mkOption { type = t.int; }; b = lib.mkOption { type = t.str; }; };
    check = t.addCheck t.int (x: x != 5);
    relative = t.pathWith { absolute = false; };
    dag = t.attrsOf (t.either t.int (t.attrsOf t.int));
  };

  values = {
    int = 3;
    big = 70000;
    negative = -1;
    zero = 0;
    five = 5;
    float = 1.5;
    bool = true;
    null = null;
    empty = "";
    word = "word";
    a = "a";
    lines = "x\ny";
    colon = "a:b";
    newline = "end\n";
    blank = " \t";
    path = "/abs/path";
    relative = "rel/path";
    list = [ 1 2 ];
    strings = [ "p" "q" ];
    nil = [ ];
    set = { k = 1; };
    nested = { k = { l = 2; }; };
    setX = { x = 7; };
    tagA = { a = 1; };
    tagB = { b = "s"; };
    none = { };
    inherit drv;
    lua = lib.mkLuaInline "x";
  };

  eval = type: definitions:
    let
      value = (lib.evalModules {
        modules = [ { options.o = lib.mkOption { inherit type; }; } ] ++ map (d: { o = d; }) definitions;
      }).config.o;
    in
    attempt (if builtins.isFunction value || value ? __functor then "<function>" else value);

  several = {
    ints = [ 1 1 ];
    differ = [ 1 2 ];
    bools = [ true false ];
    texts = [ "a" "b" ];
    same = [ "a" "a" ];
    lists = [ [ 1 ] [ 2 3 ] ];
    stringLists = [ [ "p" ] [ "q" ] ];
    sets = [ { a = 1; } { b = 2; } ];
    clash = [ { a = 1; } { a = 2; } ];
    nested = [ { a.b = 1; } { a.c = 2; } ];
    mixed = [ 1 "a" ];
    nulls = [ null null ];
    nullAnd = [ null 1 ];
    deep = [ { a.b.c = [ 1 ]; } { a.b.c = [ 2 ]; a.d = "x"; } ];
    forced = [ 1 (lib.mkForce 2) ];
    defaulted = [ (lib.mkDefault 1) 2 ];
    ordered = [ [ 1 ] (lib.mkBefore [ 2 ]) (lib.mkAfter [ 3 ]) ];
    conditional = [ (lib.mkIf false 1) 2 ];
    absent = [ (lib.mkIf false 1) ];
    inner = [ { a = lib.mkIf false 1; b = lib.mkDefault 2; c = lib.mkMerge [ 3 ]; } ];
    innerForce = [ { a = 1; } { a = lib.mkForce 5; } ];
    innerList = [ [ 1 (lib.mkIf false 2) (lib.mkIf true 3) (lib.mkMerge [ 4 ]) ] ];
    linesOrder = [ "b" (lib.mkBefore "a") (lib.mkAfter "c") (lib.mkOrder 1200 "m") ];
  };
in
{
  descriptions = builtins.mapAttrs (_: type: type.description) (removeAttrs types [ ]);
  names = builtins.mapAttrs (_: type: type.name) types;
  classes = builtins.mapAttrs (_: type: type.descriptionClass or null) types;
  empties = builtins.mapAttrs (_: type: attempt (type.emptyValue or { })) (removeAttrs types [ "submoduleName" ]);
  # A path given to a submodule is a file to import.
  single = builtins.mapAttrs (
    _: type:
    builtins.mapAttrs (_: value: eval type [ value ]) (
      removeAttrs values (
        lib.optional (builtins.elem type.name [ "submodule" "deferredModule" ]) "path"
        ++ lib.optional (type.nestedTypes.elemType.name or "" == "submodule") "drv"
      )
    )
  ) types;
  merged = builtins.mapAttrs (_: type: builtins.mapAttrs (_: eval type) several) (removeAttrs types [ "deferredModule" "optionType" ]);

  functions = [
    ((lib.evalModules { modules = [ { options.f = lib.mkOption { type = t.functionTo (t.listOf t.int); }; } { f = x: [ x ]; } { f = x: [ (x + 1) ]; } ]; }).config.f 1)
    ((lib.evalModules { modules = [ { options.f = lib.mkOption { type = t.anything; }; } { f = x: { a = x; }; } { f = x: { b = x; }; } ]; }).config.f 1)
    (lib.functionArgs (lib.evalModules { modules = [ { options.f = lib.mkOption { type = t.functionTo t.int; }; } { f = { a, b ? 1 }: a; } ]; }).config.f)
  ];

  mergedTypes =
    let
      pairs = [
        [ t.int t.int ] [ t.int t.str ] [ (t.enum [ 1 ]) (t.enum [ 2 1 ]) ] [ (t.listOf t.int) (t.listOf t.int) ] [ (t.listOf t.int) (t.listOf t.str) ]
        [ (t.nullOr t.str) (t.nullOr t.str) ] [ (t.attrsOf (t.enum [ 1 ])) (t.attrsOf (t.enum [ 2 ])) ] [ t.lines t.lines ] [ t.lines t.commas ] [ (t.either t.int t.str) (t.either t.int t.str) ]
        [ (t.either t.int t.str) (t.either t.str t.int) ] [ (t.strMatching "a") (t.strMatching "a") ] [ (t.strMatching "a") (t.strMatching "b") ] [ t.path t.path ] [ t.path t.pathInStore ]
        [ (t.attrsOf t.int) (t.lazyAttrsOf t.int) ] [ (t.submodule { }) (t.submodule { }) ] [ (t.uniq t.int) (t.uniq t.int) ] [ (t.functionTo t.int) (t.functionTo t.int) ] [ (t.coercedTo t.int toString t.str) (t.coercedTo t.int toString t.str) ]
        [ t.ints.u8 t.ints.u8 ] [ t.port t.int ] [ t.anything t.anything ] [ t.raw t.raw ] [ t.deferredModule t.deferredModule ]
        [ (t.attrTag { a = lib.mkOption { type = t.int; }; }) (t.attrTag { b = lib.mkOption { type = t.int; }; }) ]
      ];
    in
    map (pair: let m = (builtins.head pair).typeMerge (lib.last pair).functor; in if m == null then null else m.description) pairs;

  subOptions = builtins.mapAttrs (_: type: map (o: o.loc) (lib.collect lib.isOption (type.getSubOptions [ "p" ]))) { inherit (types) listOf submodule submoduleName freeform attrTag nullOr placeholder; list = t.listOf types.submodule; };

  misc = [ (lib.isType "x" { _type = "x"; }) (lib.setType "y" { a = 1; }) (lib.isOptionType t.int) (t.mergeTypes t.int t.str) (t.mergeTypes t.int t.int).name (attempt (t.oneOf [ ])) (attempt (t.ints.between 3 1)) ];
}
