# Compares this library with nixpkgs'.
#
# Each file `NAME.nix` beside this one is a function of a library to a set of results, and
# `NAME.json` holds what nixpkgs' library answers. `failures` are the results that differ. To
# record the answers anew:
#
#   nix-instantiate --eval --strict --json lib/tests -A results.NAME --arg lib 'import <nixpkgs/lib>'
{
  lib ? import ../.,
}:

let
  extended = if lib ? hm then lib else import ../extended.nix lib;

  names = map (file: builtins.head (builtins.match "(.*)\\.json" file)) (
    builtins.filter (file: builtins.match ".*\\.json" file != null) (
      builtins.attrNames (builtins.readDir ./.)
    )
  );

  # What an expression that fails counts as.
  attempt =
    value:
    let
      tried = builtins.tryEval (builtins.deepSeq value value);
    in
    if tried.success then tried.value else "<error>";

  results = builtins.listToAttrs (
    map (name: {
      inherit name;
      value = import (./. + "/${name}.nix") { lib = extended; inherit attempt; };
    }) names
  );

  plain = value: builtins.fromJSON (builtins.unsafeDiscardStringContext (builtins.toJSON value));

  compare =
    name:
    let
      actual = plain results.${name};
      expected = builtins.fromJSON (builtins.readFile (./. + "/${name}.json"));
      keys = builtins.attrNames (expected // actual);
    in
    builtins.concatMap (
      key:
      if actual ? ${key} && expected ? ${key} && actual.${key} == expected.${key} then
        [ ]
      else
        [
          {
            test = "${name}.${key}";
            actual = actual.${key} or "<missing>";
            expected = expected.${key} or "<missing>";
          }
        ]
    ) keys;
in
{
  inherit results;
  failures = builtins.concatMap compare names;
}
