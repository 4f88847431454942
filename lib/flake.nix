# What the flake offers as `lib`.
{ lib }:

let
  inherit (import ./extended.nix lib) hm;

  # Arguments that there were before configurations became lists of modules, and what stands for
  # them now.
  removed = {
    configuration = "modules = [ CONFIGURATION ]";
    extraModules = "modules = [ … ]";
    homeDirectory = "modules = [ { home.homeDirectory = …; } ]";
    stateVersion = "modules = [ { home.stateVersion = …; } ]";
    system = "pkgs = nixpkgs.legacyPackages.\${system}";
    username = "modules = [ { home.username = …; } ]";
  };

  # With all of the removed arguments that were given, so that one reading is enough.
  refuseRemoved =
    arguments: result:
    let
      given = lib.filter (name: arguments.${name} or null != null) (lib.attrNames removed);
      quoted = lib.concatMapStringsSep ", " (name: "`${name}'") given;
      advice = lib.concatMapStringsSep "\n" (name: "  ${name}: ${removed.${name}}") given;
    in
    if given == [ ] then
      result
    else
      throw ''
        The 'homeManagerConfiguration' arguments ${quoted} have been removed. Write instead:

        ${advice}

        See the 22.11 release notes for more:
        https://nix-community.github.io/home-manager/release-notes.xhtml#sec-release-22.11-highlights
      '';

  evaluate =
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
in
{
  inherit hm;

  # A configuration from modules: the result of `evalModules`, with the package that
  # activates it as `activationPackage`.
  homeManagerConfiguration = lib.setFunctionArgs (
    arguments: refuseRemoved arguments (evaluate arguments)
  ) (lib.functionArgs evaluate);
}
