# The command `home-manager`: compiled, with nixpkgs and where the program's source is at hand;
# otherwise what starts the program that is there already.
{ pkgs }:

let
  workspace = ../..;

  # The tree that the program itself carries has no source of the program.
  canCompile = pkgs ? rustPlatform && builtins.pathExists (workspace + "/Cargo.lock");
in
if canCompile then
  import ./program.nix { inherit pkgs workspace; }
else
  import ./launcher.nix { inherit pkgs; }
