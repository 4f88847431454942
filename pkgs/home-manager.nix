# The command `home-manager`. The program itself lives outside the store: it records where
# it is when it switches.
{ pkgs }:

pkgs.writeTextFile {
  name = "home-manager";
  destination = "/bin/home-manager";
  executable = true;
  text = ''
    #!/bin/sh
    exec "''${HOME_MANAGER_PROGRAM:-''${XDG_STATE_HOME:-$HOME/.local/state}/home-manager/program}" "$@"
  '';
  meta = {
    mainProgram = "home-manager";
    description = "Manages a user's environment";
  };
}
