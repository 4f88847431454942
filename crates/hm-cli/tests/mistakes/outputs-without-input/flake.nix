{
  inputs.home-manager.url = "home-manager";

  outputs = { home-manager, nixpkgs, ... }: {
    homeConfigurations.alice = home-manager.lib.homeManagerConfiguration {
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      modules = [ ./home.nix ];
    };
  };
}
