# `attrListOf`: a list of sets with one attribute each, for settings where both the order and
# repetitions of names count. A definition may also be a plain set.
{ lib, basis }:

let
  inherit (builtins)
    attrNames
    concatMap
    filter
    foldl'
    head
    isAttrs
    isList
    length
    sort
    zipAttrsWith
    ;
  inherit (basis) isType mkOptionType optionDescriptionPhrase;
  inherit (lib.modules)
    defaultOrderPriority
    defaultOverridePriority
    mergeFinalDefinitions
    resolveDefinitions
    ;
  inherit (lib.options) showDefs showOption;

  # Takes the order off a value, and notes its priority, which stays on.
  examine =
    value:
    let
      type = value._type or null;
      inner = examine value.content;
    in
    if type == "order" then
      inner // { order = value.priority; }
    else if type == "override" then
      {
        inherit (inner) order;
        priority = value.priority;
        value = lib.modules.mkOverride value.priority inner.value;
      }
    else
      {
        inherit value;
        order = defaultOrderPriority;
        priority = defaultOverridePriority;
      };

  attrListWith =
    {
      elemType,
      asAttrs ? false,
      mergeAttrValues ? (_name: values: values),
    }:
    let
      description = "attribute list of ${
        optionDescriptionPhrase (class: class == "noun" || class == "composite") elemType
      }";

      fromElement =
        loc: file: element:
        let
          isOrdered = isType "order" element;
          set = if isOrdered then element.content else element;
          name = head (attrNames set);
          item = examine set.${name};
          complain =
            reason:
            throw "A definition for option `${showOption loc}' is not of type `${description}'. ${reason}.${
              showDefs [
                {
                  inherit file;
                  value = element;
                }
              ]
            }";
        in
        if !(isAttrs set) then
          complain "Each list element must be an attribute set, but got ${builtins.typeOf set}"
        else if length (attrNames set) != 1 then
          complain "Each list element must be a single-key attribute set, but got ${toString (length (attrNames set))} keys"
        else
          item
          // {
            inherit file name;
            order = if isOrdered then element.priority else item.order;
          };

      items =
        loc: def:
        if isList def.value then
          map (fromElement loc def.file) def.value
        else
          map (
            name:
            examine def.value.${name}
            // {
              inherit name;
              inherit (def) file;
            }
          ) (attrNames def.value);
    in
    mkOptionType {
      name = "attrListOf";
      inherit description;
      descriptionClass = "composite";
      check = value: isList value || isAttrs value;
      merge =
        loc: defs:
        let
          all = concatMap (items loc) defs;
          urgent = foldl' (
            lowest: item:
            if item.priority < lowest.${item.name} or defaultOverridePriority then
              lowest // { ${item.name} = item.priority; }
            else
              lowest
          ) { } all;
          chosen = sort (a: b: a.order < b.order) (
            filter (item: item.priority == urgent.${item.name} or defaultOverridePriority) all
          );
          pairs = concatMap (
            item:
            let
              final = (resolveDefinitions [ { inherit (item) file value; } ]).values;
            in
            if final == [ ] then
              [ ]
            else
              [ { ${item.name} = mergeFinalDefinitions (loc ++ [ item.name ]) elemType final; } ]
          ) chosen;
        in
        if asAttrs then zipAttrsWith mergeAttrValues pairs else pairs;
      emptyValue.value = if asAttrs then { } else [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      inherit (elemType) getSubModules;
      substSubModules =
        modules:
        attrListWith {
          inherit asAttrs mergeAttrValues;
          elemType = elemType.substSubModules modules;
        };
      typeMerge = _functor: null;
      nestedTypes = { inherit elemType; };
    };
in
{
  inherit attrListWith;
  attrListOf = elemType: attrListWith { inherit elemType; };
}
