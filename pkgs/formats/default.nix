# File formats for options that hold the settings of a program: a type for the values and a
# function `generate` from a name and a value to a file.
#
# The files are those of nixpkgs' formats of the same name. Their text is made while
# evaluating, so that no program is needed and most files need no build.
{ lib, pkgs }:

let
  inherit (lib) types;

  values = import ./values.nix { inherit lib; };

  # `generateWith` lets the caller say which attributes a set has, and in which order.
  nested =
    type: render:
    let
      generateWith =
        {
          pairsOf ? values.pairsOf,
        }:
        let
          toText = render { inherit pairsOf; };
        in
        name: value: pkgs.writeText name (toText value);
    in
    {
      inherit type generateWith;
      generate = generateWith { };
    };

  yaml =
    version:
    let
      render = import ./yaml.nix { inherit lib version; };
    in
    {
      tags ? false,
    }:
    if tags then
      throw "The YAML format of the embedded package set has no tags."
    else
      nested (types.serializableValueWith { typeName = "YAML ${version}"; }) render;

  unavailable =
    name: _options:
    throw "The format `${name}' needs a program that Home Manager's embedded package set does not have. Use the packages of nixpkgs.";
in
{
  json = { }: nested types.json (import ./json.nix { inherit lib; });

  toml = { }: nested types.toml (import ./toml.nix { inherit lib; });

  yaml = yaml "1.1";
  yaml_1_1 = yaml "1.1";
  yaml_1_2 = yaml "1.2";

  # Property lists of macOS.
  plist =
    {
      escape ? true,
    }:
    {
      type = types.serializableValueWith { typeName = "Property list (plist)"; };
      generate = name: value: pkgs.writeText name (lib.generators.toPlist { inherit escape; } value);
    };

  xml = import ./xml.nix { inherit lib pkgs; };
}
// import ./key-value.nix { inherit lib pkgs; }
// builtins.listToAttrs (
  map
    (name: {
      inherit name;
      value = unavailable name;
    })
    [
      "cdn"
      "configobj"
      "elixirConf"
      "hocon"
      "lua"
      "nixConf"
      "php"
      "pythonVars"
    ]
)
