# A flake in place of nixpkgs: the packages of `./packages` and the NixOS of 2018 in `./nixos`,
# made to work with the library of today.
{
  outputs =
    { self }:
    let
      library = (import ./packages/lib).extend (import ./old-nixos.nix);

      packagesFor = system: import ./. { inherit system; };

      # Not all that a system of 2018 has is there any more.
      missing = [ "/encrypted-devices.nix" ];
      baseModules = builtins.filter (
        module: !builtins.any (name: library.hasSuffix name (toString module)) missing
      ) (import ./nixos/modules/module-list.nix);
    in
    {
      legacyPackages = library.genAttrs library.systems.flakeExposed packagesFor;

      lib = library.extend (
        _final: _prev: {
          nixosSystem =
            { modules, system }:
            library.evalModules {
              class = "nixos";
              specialArgs.modulesPath = toString ./nixos/modules;
              modules = baseModules ++ [
                {
                  # Newer than this NixOS.
                  options.nix.enable = library.mkOption { default = true; };
                  options.system.userActivationScripts = library.mkOption { default = { }; };

                  config = {
                    nixpkgs = {
                      inherit system;
                      pkgs = packagesFor system // {
                        lib = library;
                        platform = { };
                      };
                    };
                    _module.check = false;
                    _module.args = { inherit baseModules; };
                  };
                }
              ]
              ++ modules;
            };
        }
      );
    };
}
