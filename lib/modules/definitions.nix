# From the definitions of one option to its value.
#
# A definition is `{ file; value; }`. Where it is known, `source` and `name` are the set
# and the attribute that it was written as, from which messages take the line. Neither is shown to users' functions.
{ lib, properties }:

let
  inherit (builtins)
    addErrorContext
    all
    any
    concatMap
    filter
    foldl'
    head
    isAttrs
    length
    sort
    ;
  inherit (lib.options) showDefs showOption;
  inherit (import ../types/basis.nix { inherit lib; }) mergeLocated;
  inherit (properties) defaultOrderPriority defaultOverridePriority dischargeProperties;

  isPlain =
    def:
    addErrorContext "while evaluating definitions from `${def.file}':" (
      !(isAttrs def.value && def.value ? _type)
    );

  priorityOf =
    def:
    if def.value._type or "" == "override" then def.value.priority else defaultOverridePriority;

  stripOverride =
    def: if def.value._type or "" == "override" then def // { value = def.value.content; } else def;

  filterOverrides' =
    defs:
    if length defs == 1 then
      {
        values = map stripOverride defs;
        highestPrio = priorityOf (head defs);
      }
    else
      let
        highestPrio = foldl' (
          lowest: def:
          let
            priority = priorityOf def;
          in
          if priority < lowest then priority else lowest
        ) 9999 defs;
      in
      {
        values = map stripOverride (filter (def: priorityOf def == highestPrio) defs);
        inherit highestPrio;
      };

  isOrdered = def: def.value._type or "" == "order";

  sortProperties =
    defs:
    let
      strip =
        def:
        if isOrdered def then
          def
          // {
            value = def.value.content;
            inherit (def.value) priority;
          }
        else
          def;
    in
    sort (a: b: a.priority or defaultOrderPriority < b.priority or defaultOrderPriority) (
      map strip defs
    );

  expand =
    def:
    addErrorContext "while evaluating definitions from `${def.file}':" (
      map (value: if value._type or null == "definition" then value else def // { inherit value; }) (
        dischargeProperties def.value
      )
    );

  # The definitions that count, free of marks and in order, and their priority.
  resolveDefinitions =
    defs:
    if if length defs == 1 then isPlain (head defs) else all isPlain defs then
      {
        values = defs;
        highestPrio = if defs == [ ] then 9999 else defaultOverridePriority;
      }
    else
      let
        filtered = filterOverrides' (concatMap expand defs);
      in
      {
        values = if any isOrdered filtered.values then sortProperties filtered.values else filtered.values;
        inherit (filtered) highestPrio;
      };

  # The value of an option from its resolved definitions.
  mergeFinalDefinitions =
    loc: type: defs:
    if defs == [ ] then
      type.emptyValue.value
        or (throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.")
    else if
      if length defs == 1 then type.check (head defs).value else all (def: type.check def.value) defs
    then
      mergeLocated type loc defs
    else
      let
        invalid = filter (def: !(type.check def.value)) defs;
      in
      throw "A definition for option `${showOption loc}' is not of type `${type.description}'. Definition values:${showDefs invalid}";
in
{
  inherit
    filterOverrides'
    mergeFinalDefinitions
    resolveDefinitions
    sortProperties
    ;

  filterOverrides = defs: (filterOverrides' defs).values;

  mergeDefinitions =
    loc: type: defs:
    let
      resolved = resolveDefinitions defs;
      defsFinal = resolved.values;
      isDefined = defsFinal != [ ];
      mergedValue = mergeFinalDefinitions loc type defsFinal;
    in
    {
      inherit defsFinal isDefined mergedValue;
      defsFinal' = resolved;
      optionalValue = if isDefined then { value = mergedValue; } else { };
    };
}
