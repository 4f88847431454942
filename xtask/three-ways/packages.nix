# The packages of `./packages` in place of those of nixpkgs.
arguments:

let
  overlay = _final: prev: {
    # By these, another set is made like this one.
    overlays = [ overlay ];

    # What upstream's manual is made with, which is on by default, and its program.
    nixosOptionsDoc = _: {
      optionsJSON = prev.emptyDirectory;
      optionsCommonMark = prev.emptyDirectory;
    };
    nixos-render-docs = prev.emptyDirectory;
    inetutils = prev.emptyDirectory;
    nixos-option = prev.emptyDirectory;
    installShellFiles = prev.emptyDirectory;
  };
in
import ./packages (arguments // { overlays = [ overlay ] ++ arguments.overlays or [ ]; })
