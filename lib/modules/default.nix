# The module system: options declared and defined in many modules, merged into one
# configuration.
{ lib }:

let
  properties = import ./properties.nix { inherit lib; };
in
properties
// import ./definitions.nix { inherit lib properties; }
// import ./collect.nix { inherit lib; }
// import ./merge.nix { inherit lib; }
// import ./evaluate.nix { inherit lib; }
// import ./renames.nix { inherit lib; }
