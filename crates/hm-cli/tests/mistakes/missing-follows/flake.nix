{
  inputs.home-manager.url = "home-manager";
  inputs.home-manager.inputs.nixpkgs.follows = "nixpkgs";

  outputs = { home-manager, ... }: {
    homeConfigurations.alice = home-manager.lib.homeManagerConfiguration {
      pkgs = home-manager.legacyPackages.x86_64-linux;
      modules = [ ./home.nix ];
    };
  };
}
