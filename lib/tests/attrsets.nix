{ lib, attempt }:

let
  set = {
    a = 1;
    b = {
      c = 2;
      d = {
        e = 3;
        f = null;
      };
    };
    g = [ { h = 1; } ];
  };
  drv = {
    type = "derivation";
    name = "x";
    outPath = "/store/x";
    out = "OUT";
    dev = "DEV";
    bin = "BIN";
  };
in
{
  byPath = [
    (lib.attrByPath [ "b" "d" "e" ] 9 set)
    (lib.attrByPath [ "b" "x" ] 9 set)
    (lib.attrByPath [ "a" "x" ] 9 set)
    (lib.attrByPath [ ] 9 1)
    (lib.hasAttrByPath [ "b" "d" ] set)
    (lib.hasAttrByPath [ "a" "d" ] set)
    (lib.hasAttrByPath [ ] set)
    (lib.attrsets.longestValidPathPrefix [ "b" "d" "x" "y" ] set)
    (lib.attrsets.longestValidPathPrefix [ "b" "d" ] set)
    (lib.setAttrByPath [ "x" "y" ] 1)
    (lib.setAttrByPath [ ] 1)
    (lib.getAttrFromPath [ "b" "c" ] set)
  ];
  updateMany = [
    (lib.updateManyAttrsByPath [
      { path = [ "a" ]; update = old: old + 1; }
      { path = [ "b" "d" ]; update = old: old // { z = 1; }; }
      { path = [ "b" "d" "e" ]; update = old: old * 2; }
      { path = [ "n" "m" ]; update = _: "new"; }
      { path = [ "a" ]; update = old: old * 100; }
    ] set)
    (lib.updateManyAttrsByPath [ ] set)
    (lib.updateManyAttrsByPath [ { path = [ ]; update = old: old.a; } ] set)
    (attempt (lib.updateManyAttrsByPath [ { path = [ "a" "x" ]; update = old: 1; } ] set))
    (attempt (lib.updateManyAttrsByPath [ { path = [ "q" ]; update = old: old + 1; } ] set))
  ];
  concatMapAttrs = lib.concatMapAttrs (n: v: { ${n} = v; "${n}${toString v}" = 1; }) { a = 1; b = 2; };
  select = [ (lib.attrVals [ "a" "g" ] set) (lib.getAttrs [ "a" ] set) (lib.catAttrs "a" [ set { } ]) ];
  filter = [ (lib.filterAttrs (n: v: n != "a") set) (lib.filterAttrsRecursive (n: v: v != null && n != "c") set) ];
  fold = [
    (lib.foldlAttrs (acc: n: v: acc + "${n}${toString v}") "" { b = 1; a = 2; })
    (lib.foldAttrs (item: acc: [ item ] ++ acc) [ ] [ { a = 2; } { a = 3; b = 1; } { c = 0; } ])
  ];
  collect = [ (lib.collect builtins.isInt set) (lib.collect builtins.isList set) (lib.collect (x: x ? e) set) ];
  cartesian = [ (lib.cartesianProduct { a = [ 1 2 ]; b = [ 10 20 ]; }) (lib.cartesianProduct { }) (lib.mapCartesianProduct ({ a, b }: a + b) { a = [ "x" ]; b = [ "y" "z" ]; }) ];
  mapping = [
    (lib.mapAttrs' (n: v: lib.nameValuePair "p-${n}" [ v ]) { a = 1; })
    (lib.mapAttrsToList (n: v: n + v) { x = "a"; y = "b"; })
    (lib.attrsToList { b = 1; a = 2; })
    (lib.mapAttrsRecursive (path: v: path) { a = 1; b.c = 2; })
    (lib.mapAttrsRecursiveCond (s: !(s ? stop)) (path: v: lib.concatStrings path) { a.b = 1; c = { stop = 1; d = 2; }; })
    (lib.mapAttrsToListRecursive (path: v: [ path v ]) { a.b = 1; c = 2; })
    (lib.mapAttrsToListRecursiveCond (path: s: !(s ? stop)) (path: v: [ path v ]) { a.b = 1; c.stop = 2; })
    (lib.genAttrs [ "b" "a" ] (n: n + n))
    (lib.genAttrs' [ 1 2 ] (n: lib.nameValuePair "n${toString n}" n))
  ];
  isDerivation = map lib.isDerivation [ drv { } 1 ];
  optionalAttrs = [ (lib.optionalAttrs true { a = 1; }) (lib.optionalAttrs false { a = 1; }) ];
  zip = [
    (lib.zipAttrsWith (n: vs: [ n vs ]) [ { a = 1; } { a = 2; b = 3; } ])
    (lib.zipAttrs [ { a = 1; } { a = 2; b = 3; } ])
    (lib.zipAttrsWithNames [ "a" ] (n: vs: vs) [ { a = 1; } { a = 2; b = 3; } ])
    (lib.mergeAttrsList [ { a = 1; b = 1; } { b = 2; } { c = 3; a = 4; } ])
    (lib.mergeAttrsList [ ])
  ];
  recursiveUpdate = [
    (lib.recursiveUpdate set { b.d.e = 9; b.x = 1; a.q = 1; g = 1; })
    (lib.recursiveUpdate { a.b = 1; } { a = 1; })
    (lib.recursiveUpdate { } set)
    (lib.recursiveUpdateUntil (path: l: r: path == [ "foo" ]) { foo.bar = 1; foo.baz = 2; bar = 3; b.x.y = 1; } { foo.bar = 4; foo.quz = 5; baz = 4; b.x.z = 2; })
  ];
  laziness = (lib.recursiveUpdate { a.b = 1; c = throw "c"; } { a.d = throw "d"; }).a.b;
  matchAttrs = [ (lib.matchAttrs { b.c = 2; } set) (lib.matchAttrs { b.c = 3; } set) (lib.matchAttrs { x = 1; } set) (lib.matchAttrs { } set) (lib.matchAttrs { a.x = 1; } set) ];
  overrideExisting = lib.overrideExisting { a = 1; b = 2; } { b = 3; c = 4; };
  showAttrPath = map lib.showAttrPath [ [ ] [ "a" "b c" "let" ] [ "d-e" "1" ] ];
  outputs = map (f: f drv) [ lib.getBin lib.getLib lib.getDev lib.getMan lib.getStatic lib.getInclude ] ++ [
    (lib.getOutput "dev" (drv // { outputSpecified = true; })).name
    (lib.getBin { name = "plain"; })
    (lib.getFirstOutput [ "x" "dev" ] drv)
  ];
  recurse = [ (lib.recurseIntoAttrs { a = 1; }) (lib.dontRecurseIntoAttrs { a = 1; }) ];
  unionOfDisjoint = [ (lib.attrsets.unionOfDisjoint { a = 1; } { b = 2; }) (attempt (lib.attrsets.unionOfDisjoint { a = 1; } { a = 2; })) (lib.attrsets.unionOfDisjoint { a = 1; c = 1; } { a = 2; }).c ];
  override =
    let
      f = lib.makeOverridable ({ a, b ? 2 }: { sum = a + b; });
      g = lib.callPackageWith { a = 10; b = 20; } ({ a, b ? 2 }: { sum = a + b; });
    in
    [
      (f { a = 1; }).sum
      ((f { a = 1; }).override { b = 5; }).sum
      ((f { a = 1; }).override (old: { a = old.a + 1; })).sum
      (g { }).sum
      (g { a = 1; }).sum
      ((g { }).override { b = 1; }).sum
      (lib.functionArgs f)
    ];
  makeScope =
    let
      scope = lib.makeScope (extra: lib.callPackageWith ({ base = 1; } // extra)) (self: {
        a = self.callPackage ({ base }: { v = base + 1; }) { };
        b = self.callPackage ({ a }: { v = a.v + 1; }) { };
      });
    in
    [ scope.b.v (scope.overrideScope (final: prev: { a.v = 10; })).b.v ];
  priorities = map (f: (f { name = "n"; meta.x = 1; }).meta) [ lib.hiPrio lib.lowPrio (lib.setPrio 3) (lib.addMetaAttrs { y = 1; }) ];
  getExe = [
    (lib.getExe (drv // { meta.mainProgram = "prog"; }))
    (lib.getExe' drv "other")
    (attempt (lib.getExe' drv "a/b"))
    (attempt (lib.getExe' "x" "b"))
  ];
  platforms = [ (builtins.elem "x86_64-linux" lib.platforms.linux) (builtins.elem "aarch64-darwin" lib.platforms.darwin) (builtins.elem "x86_64-linux" lib.platforms.darwin) (builtins.elem "x86_64-linux" lib.platforms.all) lib.platforms.darwin ];
  availableOn = map (lib.meta.availableOn (lib.systems.elaborate "x86_64-linux")) [ { } { meta.platforms = [ "x86_64-linux" ]; } { meta.platforms = [ "aarch64-linux" ]; } { meta.badPlatforms = [ "x86_64-linux" ]; } ];
  elaborate = map (system: let p = lib.systems.elaborate system; in {
    inherit (p) config darwinArch is32bit is64bit isAarch isAarch32 isAarch64 isBSD isBigEndian isDarwin isFreeBSD isLinux isLittleEndian isRiscV isUnix isWindows isi686 isx86 isx86_32 isx86_64 linuxArch system hasSharedLibraries isGnu isMusl isPower isS390x isMips;
    inherit (p.uname) processor;
    uname = p.uname.system;
    cpu = p.parsed.cpu.name;
    kernel = p.parsed.kernel.name;
    inherit (p.extensions) sharedLibrary executable;
  }) [ "x86_64-linux" "aarch64-linux" "i686-linux" "aarch64-darwin" "x86_64-darwin" "riscv64-linux" "s390x-linux" "powerpc64le-linux" "x86_64-freebsd" ];
}
