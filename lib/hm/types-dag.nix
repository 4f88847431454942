{ lib }:

let
  inherit (lib) mkOption mkOptionType types;

  # One entry of a graph. A bare value counts as an entry without any ordering.
  dagEntryOf =
    elemType:
    let
      names = mkOption { type = types.listOf types.str; };

      entryType = types.submodule (
        { name, ... }:
        {
          options = {
            data = mkOption { type = elemType; };
            after = names;
            before = names;
          };

          # Inside a payload that is a submodule the argument `name` is always "data".
          config = lib.mkIf (elemType.name == "submodule") {
            data._module.args.dagName = name;
          };
        }
      );

      toEntry =
        def:
        if lib.hm.dag.isEntry def.value then
          def.value
        else
          lib.hm.dag.entryAnywhere (
            if def ? priority then lib.mkOrder def.priority def.value else def.value
          );
    in
    mkOptionType {
      name = "dagEntryOf";
      description = "DAG entry of ${elemType.description}";
      merge =
        loc: defs:
        entryType.merge loc (
          map (def: {
            inherit (def) file;
            value = toEntry def;
          }) defs
        );
    };

  # An attribute set of values of one type that can be ordered with `lib.hm.dag`.
  dagOf =
    elemType:
    let
      entries = types.attrsOf (dagEntryOf elemType);
    in
    mkOptionType {
      name = "dagOf";
      description = "DAG of ${elemType.description}";
      inherit (entries) check merge emptyValue;
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<name>" ]);
      inherit (elemType) getSubModules;
      substSubModules = modules: dagOf (elemType.substSubModules modules);
      functor = lib.defaultFunctor "dagOf" // {
        type = dagOf;
        wrapped = elemType;
      };
      nestedTypes.elemType = elemType;
    };
in
{
  inherit dagOf;
}
