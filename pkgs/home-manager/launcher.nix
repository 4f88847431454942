# The command `home-manager` where it is not compiled: the program itself lives outside the
# store, and records where it is when it switches.
{ pkgs }:

pkgs.writeTextFile {
  name = "home-manager";
  destination = "/bin/home-manager";
  executable = true;
  text = ''
    #!/bin/sh
    program="''${HOME_MANAGER_PROGRAM:-''${XDG_STATE_HOME:-$HOME/.local/state}/home-manager/program}"
    if [ ! -x "$program" ]; then
      echo "error: the program home-manager is not on this machine: there is no $program" >&2
      echo "" >&2
      echo "This package only starts it. To have it compiled by Nix, let the flake follow nixpkgs:" >&2
      echo "    inputs.home-manager.inputs.nixpkgs.follows = \"nixpkgs\";" >&2
      echo "or, for nix run and the like, add" >&2
      echo "    --override-input nixpkgs github:NixOS/nixpkgs/nixpkgs-unstable" >&2
      exit 1
    fi
    exec "$program" "$@"
  '';
  meta = {
    mainProgram = "home-manager";
    description = "Manages a user's environment";
  };
}
