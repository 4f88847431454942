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

  # A home directory for programs that write into one even while they build.
  writableTmpDirAsHomeHook = self.writeTextFile {
    name = "writable-tmpdir-as-home-hook";
    destination = "/nix-support/setup-hook";
    text = ''
      HOME=$(mktemp -d)
      export HOME
    '';
  };
}
