{ lib, attempt }:

let
  pkgs = { foo = { type = "derivation"; name = "foo"; }; deep.bar = { type = "derivation"; name = "bar"; }; };
  bare = option: removeAttrs option [ "type" ];
  def = value: { file = "F"; inherit value; };
  evaluated = lib.evalModules {
    modules = [
      {
        options = {
          a = lib.mkOption { type = lib.types.int; default = 1; example = 2; description = "d"; };
          b.c = lib.mkOption { type = lib.types.listOf lib.types.str; description = "e"; };
          hidden = lib.mkOption { type = lib.types.str; visible = false; internal = true; readOnly = true; default = "x"; };
          sub = lib.mkOption { default = { }; type = lib.types.attrsOf (lib.types.submodule { options.s = lib.mkOption { type = lib.types.nullOr lib.types.int; description = "s"; defaultText = lib.literalExpression "null"; default = throw "no"; }; }); };
          shallow = lib.mkOption { visible = "shallow"; type = lib.types.submodule { options.q = lib.mkOption { }; }; };
          text = lib.mkOption { type = lib.types.lines; default = "a\nb"; example = lib.literalMD "*m*"; relatedPackages = [ "x" ]; };
        };
      }
    ];
  };
in
{
  mk = [
    (bare (lib.mkOption { default = 1; description = "d"; }))
    (bare (lib.mkEnableOption "it"))
    (bare (lib.mkPackageOption pkgs "foo" { }))
    (bare (lib.mkPackageOption pkgs [ "deep" "bar" ] { }))
    (bare (lib.mkPackageOption pkgs "x" { default = null; nullable = true; }))
    (bare (lib.mkPackageOption pkgs "x" { default = null; }))
    (bare (lib.mkPackageOption pkgs "Foo Program" { default = "foo"; example = [ "deep" "bar" ]; extraDescription = "More."; pkgsText = "ps"; }))
    (bare (lib.mkPackageOption pkgs "foo" { example = "pkgs.other"; }))
    (attempt (lib.mkPackageOption pkgs "none" { }).default)
    (lib.mkPackageOption pkgs "foo" { nullable = true; }).type.description
  ];
  show = [
    (map lib.showOption [ [ "a" "b" ] [ "a" "x y" "*" "<name>" "1" ] [ ] ])
    (lib.showFiles [ "a" "b" ])
    (lib.options.showDefs [ (def 1) (def "a\nb") (def { x = [ 1 ]; }) (def (throw "x")) (def (lib.range 1 20)) ])
    (lib.literalExpression "x") (lib.literalMD "y") (attempt (lib.literalExpression 1)) (lib.options.literalCode "nix" "z")
    (lib.showOptionWithDefLocs { loc = [ "a" "b" ]; files = [ "f" "g" ]; })
  ];
  merge = map attempt [
    (lib.mergeDefaultOption [ "o" ] (map def [ [ 1 ] [ 2 ] ]))
    (lib.mergeDefaultOption [ "o" ] (map def [ { a = 1; } { b = 2; } ]))
    (lib.mergeDefaultOption [ "o" ] (map def [ true false ]))
    (lib.mergeDefaultOption [ "o" ] (map def [ "a" "b" ]))
    (lib.mergeDefaultOption [ "o" ] (map def [ 1 1 ]))
    (lib.mergeDefaultOption [ "o" ] (map def [ 1 2 ]))
    (lib.mergeOneOption [ "o" ] [ (def 1) ])
    (lib.mergeOneOption [ "o" ] [ (def 1) (def 1) ])
    (lib.mergeEqualOption [ "o" ] [ (def 1) (def 1) ])
    (lib.mergeEqualOption [ "o" ] [ (def 1) (def 2) ])
    (lib.mergeEqualOption [ "o" ] [ (def (throw "lazy")) ] == null || true)
  ];
  values = [ (lib.getValues (map def [ 1 2 ])) (lib.getFiles (map def [ 1 2 ])) ];
  docs = map (o: o // { declarations = map baseNameOf o.declarations; }) (builtins.filter (o: !(builtins.elem "_module" o.loc)) (lib.optionAttrSetToDocList evaluated.options));
  docsModule = map (o: removeAttrs o [ "declarations" "description" ]) (builtins.filter (o: builtins.elem "_module" o.loc) (lib.optionAttrSetToDocList evaluated.options));
  scrub = lib.scrubOptionValue { a = pkgs.foo; b = [ pkgs.foo 1 ]; _args = 1; };
}
