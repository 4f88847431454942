{
  inputs.home-manager.url = "home-manager";

  outputs = { home-manager, ... }: {
    homeConfigurations.alicia = home-manager.lib.homeManagerConfiguration {
      pkgs = home-manager.legacyPackages.x86_64-linux;
      modules = [ ./home.nix ];
    };
  };
}
