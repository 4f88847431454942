{
  description = "Home Manager: a user's programs and files, declared";

  # This flake itself, which has a set of packages that need no network. It is not a flake of its own:
  # Nix finds relative inputs of a locked input in the wrong tree. Most configurations replace it:
  #
  #   inputs.home-manager.inputs.nixpkgs.follows = "nixpkgs";
  inputs.nixpkgs.follows = "";

  outputs =
    { self, nixpkgs }:
    let
      isItself = nixpkgs.outPath == self.outPath;
      lib = if isItself then import ./lib else nixpkgs.lib;

      forEachSystem = lib.genAttrs [
        "aarch64-darwin"
        "aarch64-linux"
        "i686-linux"
        "x86_64-darwin"
        "x86_64-linux"
      ];

      embedded = system: import ./pkgs { inherit system; };

      # Not every set that `nixpkgs` follows has packages for every system.
      packagesFor =
        system: if isItself then embedded system else nixpkgs.legacyPackages.${system} or (embedded system);
    in
    {
      # What a flake takes from its input `nixpkgs` is here too where that is this flake.
      lib = (if isItself then lib else { }) // import ./lib/flake.nix { inherit lib; };

      nixosModules = {
        default = self.nixosModules.home-manager;
        home-manager = ./nixos;
      };

      darwinModules = {
        default = self.darwinModules.home-manager;
        home-manager = ./nix-darwin;
      };

      flakeModules = {
        default = self.flakeModules.home-manager;
        home-manager = ./flake-module.nix;
      };

      # The embedded set, also where `nixpkgs` follows another one.
      legacyPackages = forEachSystem embedded;

      packages = forEachSystem (
        system:
        let
          home-manager = import ./pkgs/home-manager { pkgs = packagesFor system; };
        in
        {
          default = home-manager;
          inherit home-manager;
        }
      );

      formatter = lib.filterAttrs (_system: formatter: formatter != null) (
        forEachSystem (system: (packagesFor system).nixfmt-tree or null)
      );

      templates = {
        default = self.templates.standalone;

        standalone = {
          path = ./templates/standalone;
          description = "A home by itself";
        };

        nixos = {
          path = ./templates/nixos;
          description = "Homes as a part of a NixOS system";
        };

        nix-darwin = {
          path = ./templates/nix-darwin;
          description = "Homes as a part of a nix-darwin system";
        };
      };
    };
}
