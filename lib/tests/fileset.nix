{ lib, attempt }:

let
  inherit (lib) fileset;

  root = ./fixtures;
  names = set: map baseNameOf (fileset.toList set);
  first = builtins.head (fileset.toList root);
  nix = fileset.fileFilter (file: file.hasExt "nix") root;
in
{
  lists = [
    (names root)
    (names nix)
    (names (fileset.difference root nix))
    (names (fileset.intersection root first))
    (names (fileset.union first nix))
    (names (fileset.unions [ ]))
    (names (fileset.maybeMissing ./nothing-here))
    (names (fileset.fromSource (lib.cleanSource root)))
    (names fileset.empty)
  ];

  mistakes = [
    (attempt (names ./nothing-here))
    (attempt (names "text"))
    (attempt (names (fileset.fromSource ./nothing-here)))
    (attempt "${fileset.toSource { inherit root; fileset = ../types.nix; }}")
  ];

  sources = [
    (builtins.attrNames (builtins.readDir "${fileset.toSource { inherit root; fileset = nix; }}"))
    (builtins.readDir "${fileset.toSource { inherit root; fileset = fileset.empty; }}")
  ];

  type =
    (lib.evalModules {
      modules = [
        { options.files = lib.mkOption { type = lib.types.fileset; apply = names; }; }
        { files = nix; }
        { files = first; }
      ];
    }).config.files;
}
