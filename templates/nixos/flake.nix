{
  description = "A NixOS system with homes";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    home-manager = {
      url = "home-manager";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    inputs@{ nixpkgs, home-manager, ... }:
    {
      nixosConfigurations.hostname = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          ./configuration.nix
          home-manager.nixosModules.home-manager
          {
            # The packages of the system, and installed by it.
            home-manager.useGlobalPkgs = true;
            home-manager.useUserPackages = true;

            # Lets the modules of homes ask for `inputs`.
            home-manager.extraSpecialArgs = { inherit inputs; };

            home-manager.users.jdoe = ./home.nix;
          }
        ];
      };
    };
}
