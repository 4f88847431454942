# The types of `nixpkgs.config` and of overlays.
{ lib, pkgs }:

let
  apply = value: if lib.isFunction value then value { inherit pkgs; } else value;

  # Functions that change packages are applied one after the other.
  mergeOverrides =
    name: old: new:
    lib.optionalAttrs (old ? ${name}) {
      ${name} =
        packages:
        let
          applied = value: if lib.isFunction value then value packages else value;
        in
        applied old.${name} // applied (new.${name} or { });
    };

  mergeTwo =
    older: newer:
    let
      old = apply older;
      new = apply newer;
    in
    lib.recursiveUpdate old new
    // lib.optionalAttrs (old ? allowUnfreePackages) {
      allowUnfreePackages = old.allowUnfreePackages ++ new.allowUnfreePackages or [ ];
    }
    // mergeOverrides "packageOverrides" old new
    // mergeOverrides "perlPackageOverrides" old new;
in
{
  config = lib.mkOptionType {
    name = "nixpkgs-config";
    description = "nixpkgs config";
    check = value: builtins.isAttrs value || lib.isFunction value;
    merge = _location: lib.foldr (definition: mergeTwo definition.value) { };
  };

  overlay = lib.mkOptionType {
    name = "nixpkgs-overlay";
    description = "nixpkgs overlay";
    check = lib.isFunction;
    merge = lib.mergeOneOption;
  };
}
