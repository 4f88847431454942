# The helpers that home modules find as `lib.hm`.
{ lib }:

let
  gvariant = import ./gvariant.nix { inherit lib; };
in
{
  inherit gvariant;

  assertions = import ./assertions.nix { inherit lib; };
  booleans = import ./booleans.nix;
  dag = import ./dag.nix { inherit lib; };
  darwin = import ./darwin.nix { inherit lib; };
  deprecations = import ./deprecations.nix { inherit lib; };
  files = import ./files.nix { inherit lib; };
  generators = import ./generators.nix { inherit lib; };
  git = import ./git.nix { inherit lib; };
  maintainers = { };
  mcp = import ./mcp.nix { inherit lib; };
  nushell = import ./nushell.nix { inherit lib; };
  options = import ./options.nix { inherit lib; };
  programs = import ./programs.nix { inherit lib; };
  services = import ./services.nix { inherit lib; };
  shell = import ./shell.nix { inherit lib; };
  strings = import ./strings.nix { inherit lib; };
  types = import ./types.nix { inherit lib gvariant; };
  zsh = import ./zsh.nix { inherit lib; };
}
