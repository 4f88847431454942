# Types of options: which values they accept and how several definitions become one value.
{ lib }:

let
  basis = import ./basis.nix { inherit lib; };
in
{
  inherit (basis)
    addCheck
    defaultFunctor
    defaultTypeMerge
    isOptionType
    isType
    mergeTypes
    mkOptionType
    optionDescriptionPhrase
    setType
    ;
}
// import ./simple.nix { inherit lib basis; }
// import ./composite.nix { inherit lib basis; }
// import ./attr-list.nix { inherit lib basis; }
// import ./submodules.nix { inherit lib basis; }
// {
  # For `with lib.types; types.listOf ...`.
  inherit (lib) types;
}
