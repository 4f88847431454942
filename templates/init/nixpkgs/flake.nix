{
  description = "The home of @username@";

  inputs = {
    # Where packages come from. The lock file keeps the version until
    # `home-manager switch --update-input nixpkgs`.
    nixpkgs.url = "@nixpkgsUrl@";

    home-manager = {
      url = "@homeManagerUrl@";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    { nixpkgs, home-manager, ... }:
    let
      system = "@system@";
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      homeConfigurations."@name@" = home-manager.lib.homeManagerConfiguration {
        inherit pkgs;

        # What your home consists of.
        modules = [ ./home.nix ];

        # `extraSpecialArgs` passes further arguments to the modules.
      };
    };
}
