{
  description = "The home of @username@";

  inputs = {
    # Home Manager brings its own modules and a small set of packages, so that this
    # configuration works without a network. Programs come from your distribution.
    home-manager.url = "home-manager";

    # To install programs from nixpkgs as well:
    #
    #   1. Uncomment these two lines:
    # nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
    # home-manager.inputs.nixpkgs.follows = "nixpkgs";
    #
    #   2. Write `{ home-manager, nixpkgs, ... }:` after `outputs =`.
    #   3. Take `pkgs` from `nixpkgs` instead of `home-manager`.
  };

  outputs =
    { home-manager, ... }:
    let
      system = "@system@";
      pkgs = home-manager.legacyPackages.${system};
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
