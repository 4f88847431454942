let
  system = "x86_64-linux";
in
{
  inputs.home-manager.url = "home-manager";

  outputs = { home-manager, ... }: {
    homeConfigurations.alice = home-manager.lib.homeManagerConfiguration {
      pkgs = home-manager.legacyPackages.${system};
      modules = [ ./home.nix ];
    };
  };
}
