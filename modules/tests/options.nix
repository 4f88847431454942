# Compares the options of our modules with those of upstream's:
#
#   nix-instantiate --eval --strict --json modules/tests/options.nix \
#     --arg upstream /path/to/home-manager --arg nixpkgs /path/to/nixpkgs
#
# The result lists options that are missing here, and those whose type, default or access differs, each
# with our value and upstream's.
{
  upstream,
  nixpkgs,

  # Restricts the comparison to names with this prefix.
  prefix ? "",
}:

let
  pkgs = import nixpkgs { };

  identity.home = {
    username = "tester";
    homeDirectory = "/home/tester";
    stateVersion = "26.05";
  };

  # Some defaults are texts only with a configuration.
  attempt =
    value:
    let
      tried = builtins.tryEval (builtins.deepSeq value value);
    in
    if tried.success then tried.value else null;

  optionsOf =
    { lib, modules }:
    let
      evaluated = lib.evalModules {
        class = "homeManager";
        modules = import modules {
          inherit lib pkgs;
          check = false;
        } ++ [ identity ];
      };
      isCompared =
        option:
        !option.internal
        && option.visible == true
        && lib.hasPrefix prefix option.name
        && !lib.hasInfix "._module." option.name;
    in
    builtins.listToAttrs (
      map (option: {
        inherit (option) name;
        value = {
          type = attempt option.type;
          default = attempt (option.default.text or null);
          readOnly = option.readOnly or false;
        };
      }) (builtins.filter isCompared (lib.optionAttrSetToDocList evaluated.options))
    );

  ours = optionsOf {
    lib = import ../../lib/extended.nix pkgs.lib;
    modules = ../modules.nix;
  };

  theirs = optionsOf {
    lib = import (upstream + "/modules/lib/stdlib-extended.nix") pkgs.lib;
    modules = upstream + "/modules/modules.nix";
  };

  common = builtins.intersectAttrs ours theirs;

  differing =
    field:
    builtins.mapAttrs (name: option: {
      ours = ours.${name}.${field};
      upstream = option.${field};
    }) (pkgs.lib.filterAttrs (name: option: ours.${name}.${field} != option.${field}) common);
in
{
  missing = builtins.attrNames (removeAttrs theirs (builtins.attrNames ours));
  added = builtins.attrNames (removeAttrs ours (builtins.attrNames theirs));
  types = differing "type";
  defaults = differing "default";
  readOnly = differing "readOnly";
}
