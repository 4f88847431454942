{
  description = "Home Manager: a user's programs and files, declared";

  # A set of packages that need no network. Most configurations replace it:
  #
  #   inputs.home-manager.inputs.nixpkgs.follows = "nixpkgs";
  inputs.nixpkgs.url = "path:./pkgs";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      embedded = system: import ./pkgs { inherit system; };
      forEachSystem = lib.genAttrs [
        "aarch64-darwin"
        "aarch64-linux"
        "i686-linux"
        "x86_64-darwin"
        "x86_64-linux"
      ];
    in
    {
      lib = import ./lib/flake.nix { inherit lib; };

      # The embedded set, also where `nixpkgs` follows another one.
      legacyPackages = forEachSystem embedded;

      packages = forEachSystem (
        system:
        let
          inherit (embedded system) home-manager;
        in
        {
          default = home-manager;
          inherit home-manager;
        }
      );

      templates = {
        default = self.templates.standalone;

        standalone = {
          path = ./templates/standalone;
          description = "A home by itself";
        };

        nixos = {
          path = ./templates/nixos;
          description = "Homes as a part of a NixOS system";
        };

        nix-darwin = {
          path = ./templates/nix-darwin;
          description = "Homes as a part of a nix-darwin system";
        };
      };
    };
}
