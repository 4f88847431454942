# The part of a standard environment that has no compiler: facts about the platform.
{ lib, self }:

let
  platform = lib.systems.elaborate self.system;

  unavailable =
    what:
    throw ''
      ${what} is not in Home Manager's embedded package set, which cannot compile anything.

      To build packages, add nixpkgs to the inputs of your flake.nix and use its packages:

        inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
        ...
        pkgs = nixpkgs.legacyPackages.''${system};'';

  stdenv = {
    name = "stdenv-host";
    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;
    inherit (platform)
      isDarwin
      isLinux
      isAarch64
      isx86_64
      system
      ;
    shell = self.runtimeShell;
    shellDryRun = "${self.runtimeShell} -n -O extglob";
    mkDerivation = _attrs: unavailable "`stdenv.mkDerivation`";
  };
in
{
  inherit stdenv;
  stdenvNoCC = stdenv;
}
