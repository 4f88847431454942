{
  description = "A nix-darwin system with homes";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
    darwin = {
      url = "github:nix-darwin/nix-darwin";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    home-manager = {
      url = "home-manager";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    inputs@{ darwin, home-manager, ... }:
    {
      darwinConfigurations.hostname = darwin.lib.darwinSystem {
        system = "aarch64-darwin";
        modules = [
          ./configuration.nix
          home-manager.darwinModules.home-manager
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
