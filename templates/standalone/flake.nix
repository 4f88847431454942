{
  description = "The home of Jane Doe";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";
    home-manager = {
      url = "home-manager";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    inputs@{ nixpkgs, home-manager, ... }:
    {
      homeConfigurations.jdoe = home-manager.lib.homeManagerConfiguration {
        pkgs = nixpkgs.legacyPackages.x86_64-linux;

        # What the home consists of.
        modules = [ ./home.nix ];

        # Lets modules ask for `inputs`.
        extraSpecialArgs = { inherit inputs; };
      };
    };
}
