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
    { darwin, home-manager, ... }:
    {
      darwinConfigurations.hostname = darwin.lib.darwinSystem {
        modules = [
          ./configuration.nix
          home-manager.darwinModules.home-manager
          {
            # Use the packages of the system, and install them for the user.
            home-manager.useGlobalPkgs = true;
            home-manager.useUserPackages = true;

            users.users.jdoe.home = "/Users/jdoe";
            home-manager.users.jdoe = ./home.nix;
          }
        ];
      };
    };
}
