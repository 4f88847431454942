{
  inputs.home-manager.url = "home-manager";

  outputs = { home-manager, ... }: {
    homeConfigurations.alice = home-manager.lib.homeManagerConfiguration {
      pkgs = home-manager.legacyPackages.x86_64-linus;
      modules = [ ./home.nix ];
    };
  };
}
