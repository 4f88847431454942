# The tool with which builders put programs behind scripts, as an input of theirs.
{ self, ... }:

let
  makeWrapper = self.writeTextFile {
    name = "make-wrapper-hook";
    destination = "/nix-support/setup-hook";
    text = ''
      wrapperShell=${self.runtimeShell}
    ''
    + builtins.readFile ./make-wrapper.sh;
  };
in
{
  inherit makeWrapper;
  makeShellWrapper = makeWrapper;
}
