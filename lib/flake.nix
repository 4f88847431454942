# What the flake offers as `lib`.
{ lib }:

{
  inherit (import ./extended.nix lib) hm;

  # A configuration from modules: the result of `evalModules`, with the package that
  # activates it as `activationPackage`.
  homeManagerConfiguration =
    {
      pkgs,
      modules ? [ ],
      extraSpecialArgs ? { },
      lib ? pkgs.lib,
      check ? true,
      minimal ? false,
    }:
    import ../modules {
      inherit
        pkgs
        lib
        check
        minimal
        extraSpecialArgs
        ;
      configuration.imports = modules;
    };
}
