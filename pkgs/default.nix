# The embedded package set: what home modules need of nixpkgs to write files, and nothing
# that has to be compiled.
#
# Builders run the host's shell with the host's programs; there is no stdenv. Real packages
# come from nixpkgs, once a configuration has it as an input.
{
  system ? builtins.currentSystem,
  lib ? import ../lib,
  overlays ? [ ],
  config ? { },
}:

let
  base = self: {
    inherit config lib overlays;

    # What `types.pkgs` looks for.
    _type = "pkgs";

    # By this, modules know that most packages are missing.
    isHomeManagerEmbedded = true;

    inherit system;
    inherit (self.stdenv) hostPlatform buildPlatform targetPlatform;

    # Everything runs on the system that it is built on.
    buildPackages = self;
    targetPackages = self;
    pkgsBuildBuild = self;
    pkgsBuildHost = self;
    pkgsHostTarget = self;

    callPackage = lib.callPackageWith self;
    callPackages = lib.callPackagesWith self;
    newScope = extra: lib.callPackageWith (self // extra);
    inherit (lib) recurseIntoAttrs dontRecurseIntoAttrs;

    extend = overlay: self.appendOverlays [ overlay ];
    appendOverlays =
      more:
      if more == [ ] then
        self
      else
        import ./. {
          inherit system lib config;
          overlays = overlays ++ more;
        };

    formats = import ./formats {
      inherit lib;
      pkgs = self;
    };

    home-manager = import ./home-manager { pkgs = self; };
  };

  parts = map (file: self: import file { inherit lib self; }) [
    ./stdenv.nix
    ./builders/derivations.nix
    ./builders/text.nix
    ./builders/trees.nix
    ./builders/substitute.nix
    ./builders/make-wrapper.nix
    ./builders/desktop-item.nix
    ./fetchers.nix
    ./host-programs.nix
  ];

  embedded = self: builtins.foldl' (set: part: set // part self) (base self) parts;
in
lib.fix (lib.extends (lib.composeManyExtensions overlays) embedded)
