# Compares the formats with the programs that nixpkgs' formats call: jq, remarshal, and the
# `toml` crate. `formats.json` holds values and what those programs write for them; null
# where they refuse. The value is the list of differences.
{
  lib ? import ../../lib,
}:

let
  inherit (import ../formats/values.nix { inherit lib; }) pairsOf;
  render = file: args: import (../formats + "/${file}.nix") ({ inherit lib; } // args) { inherit pairsOf; };

  formats = {
    json = render "json" { };
    toml = render "toml" { };
    yaml = render "yaml" { version = "1.1"; };
    yaml_1_2 = render "yaml" { version = "1.2"; };
  };

  check =
    case: name:
    let
      tried = builtins.tryEval (formats.${name} case.value);
      actual = if tried.success then tried.value else null;
    in
    lib.optional (actual != case.${name}) {
      format = name;
      inherit (case) value;
      inherit actual;
      expected = case.${name};
    };
in
lib.concatMap (case: lib.concatMap (check case) (lib.attrNames formats)) (
  lib.importJSON ./formats.json
)
