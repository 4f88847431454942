# Types that are made of other types.
{ lib, basis }:

let
  inherit (builtins)
    all
    attrNames
    concatLists
    elemAt
    filter
    foldl'
    genList
    head
    isAttrs
    isList
    length
    mapAttrs
    tail
    zipAttrsWith
    ;
  inherit (basis)
    addCheck
    defaultFunctor
    elemTypeFunctor
    mergeLocated
    metaOf
    mkOptionType
    optionDescriptionPhrase
    withMeta
    ;
  inherit (lib.modules) mergeFinalDefinitions resolveDefinitions;
  inherit (lib.options)
    getFiles
    mergeOneOption
    mergeUniqueOption
    showDefs
    showFiles
    showOption
    ;

  asNounOrComposite = optionDescriptionPhrase (class: class == "noun" || class == "composite");
  asNounOrConjunction = optionDescriptionPhrase (class: class == "noun" || class == "conjunction");
  asNoun = optionDescriptionPhrase (class: class == "noun");

  hasNoType = value: !(isAttrs value && value ? _type);

  listOf =
    elemType:
    let
      # What a function makes of each entry of the definitions.
      entries =
        make: loc: defs:
        let
          fromDefinition =
            number:
            let
              def = elemAt defs number;
              entry =
                index: final:
                make elemType (
                  loc ++ [ "[definition ${toString (number + 1)}-entry ${toString (index + 1)}]" ]
                ) final;
              # Entries stand where their list does.
              origin = {
                inherit (def) file;
              }
              // (if def ? source then { inherit (def) source name; } else { });
              single = index: [ (origin // { value = elemAt def.value index; }) ];
            in
            if all hasNoType def.value then
              genList (index: entry index (single index)) (length def.value)
            else
              # Entries may carry conditions that drop them.
              concatLists (
                genList (
                  index:
                  let
                    final = (resolveDefinitions (single index)).values;
                  in
                  if final == [ ] then [ ] else [ (entry index final) ]
                ) (length def.value)
              );
        in
        if length defs == 1 then fromDefinition 0 else concatLists (genList fromDefinition (length defs));
    in
    mkOptionType {
      name = "listOf";
      description = "list of ${asNounOrComposite elemType}";
      descriptionClass = "composite";
      check = isList;
      merge = withMeta (loc: defs: { list = entries metaOf loc defs; }) (
        entries (type: loc: mergeFinalDefinitions loc type)
      );
      emptyValue.value = [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      inherit (elemType) getSubModules;
      substSubModules = modules: listOf (elemType.substSubModules modules);
      functor = elemTypeFunctor "listOf" listOf elemType;
      nestedTypes = { inherit elemType; };
    };

  attrsWith =
    {
      elemType,
      lazy ? false,
      placeholder ? "name",
    }:
    let
      # For each name its definitions, without those that a false condition drops.
      collect =
        loc: defs:
        zipAttrsWith (
          name: given:
          let
            final = (resolveDefinitions given).values;
          in
          {
            inherit final;
            value = mergeFinalDefinitions (loc ++ [ name ]) elemType final;
          }
        ) (
          map (
            def:
            let
              inherit (def) file;
              source = def.value;
            in
            mapAttrs (name: value: {
              inherit
                file
                value
                source
                name
                ;
            }) source
          ) defs
        );

      # Which names exist must not depend on their conditions, or else they would be forced.
      mergeLazily =
        loc: defs:
        mapAttrs (
          _name: entry:
          if entry.final == [ ] then elemType.emptyValue.value or entry.value else entry.value
        ) (collect loc defs);

      mergeStrictly =
        loc: defs:
        let
          entries = collect loc defs;
          undefined = filter (name: entries.${name}.final == [ ]) (attrNames entries);
        in
        mapAttrs (_name: entry: entry.value) (
          if undefined == [ ] then entries else removeAttrs entries undefined
        );
    in
    mkOptionType {
      name = if lazy then "lazyAttrsOf" else "attrsOf";
      description = "${if lazy then "lazy attribute set" else "attribute set"} of ${asNounOrComposite elemType}";
      descriptionClass = "composite";
      check = isAttrs;
      merge = withMeta (loc: defs: {
        attrs = mapAttrs (name: entry: metaOf elemType (loc ++ [ name ]) entry.final) (
          lib.attrsets.filterAttrs (_name: entry: entry.final != [ ]) (collect loc defs)
        );
      }) (if lazy then mergeLazily else mergeStrictly);
      emptyValue.value = { };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<${placeholder}>" ]);
      inherit (elemType) getSubModules;
      substSubModules =
        modules:
        attrsWith {
          elemType = elemType.substSubModules modules;
          inherit lazy placeholder;
        };
      functor = {
        name = "attrsWith";
        type = attrsWith;
        payload = { inherit elemType lazy placeholder; };
        binOp =
          a: b:
          let
            merged = a.elemType.typeMerge b.elemType.functor;
          in
          if
            merged == null
            || a.lazy != b.lazy
            || (a.placeholder != b.placeholder && a.placeholder != "name" && b.placeholder != "name")
          then
            null
          else
            {
              elemType = merged;
              inherit (a) lazy;
              placeholder = if a.placeholder == "name" then b.placeholder else a.placeholder;
            };
      };
      nestedTypes = { inherit elemType; };
    };

  nullOr =
    elemType:
    mkOptionType {
      name = "nullOr";
      description = "null or ${asNounOrConjunction elemType}";
      descriptionClass = "conjunction";
      check = value: value == null || elemType.check value;
      merge = withMeta (
        loc: defs: if lib.any (def: def.value == null) defs then { } else metaOf elemType loc defs
      ) (
        loc: defs:
        let
          nulls = filter (def: def.value == null) defs;
        in
        if nulls == [ ] then
          mergeLocated elemType loc defs
        else if length nulls == length defs then
          null
        else
          throw "The option `${showOption loc}` is defined both null and not null, in ${showFiles (getFiles defs)}."
      );
      emptyValue.value = null;
      inherit (elemType) getSubOptions getSubModules;
      substSubModules = modules: nullOr (elemType.substSubModules modules);
      functor = elemTypeFunctor "nullOr" nullOr elemType;
      nestedTypes = { inherit elemType; };
    };

  unique =
    { message }:
    type:
    mkOptionType {
      name = "unique";
      inherit (type)
        check
        description
        descriptionClass
        emptyValue
        getSubModules
        getSubOptions
        ;
      merge = withMeta (metaOf type) (mergeUniqueOption {
        inherit message;
        merge = mergeLocated type;
      });
      substSubModules = modules: unique { inherit message; } (type.substSubModules modules);
      functor = elemTypeFunctor "unique" (unique { inherit message; }) type;
      nestedTypes.elemType = type;
    };

  functionTo =
    elemType:
    mkOptionType {
      name = "functionTo";
      description = "function that evaluates to a(n) ${asNounOrComposite elemType}";
      descriptionClass = "composite";
      check = lib.trivial.isFunction;
      merge = loc: defs: {
        __functionArgs = zipAttrsWith (_name: all (optional: optional)) (
          map (def: lib.trivial.functionArgs def.value) defs
        );
        __functor =
          _self: argument:
          mergeFinalDefinitions (loc ++ [ "<function body>" ]) elemType
            (resolveDefinitions (
              map (def: {
                inherit (def) file;
                value = def.value argument;
              }) defs
            )).values;
      };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
      inherit (elemType) getSubModules;
      substSubModules = modules: functionTo (elemType.substSubModules modules);
      functor = elemTypeFunctor "functionTo" functionTo elemType;
      nestedTypes = { inherit elemType; };
    };

  either =
    first: second:
    mkOptionType {
      name = "either";
      description =
        if first.descriptionClass or null == "nonRestrictiveClause" then
          "${first.description}, or ${asNounOrConjunction second}"
        else
          "${asNounOrConjunction first} or ${
            optionDescriptionPhrase (
              class: class == "noun" || class == "conjunction" || class == "composite"
            ) second
          }";
      descriptionClass = "conjunction";
      check = value: first.check value || second.check value;
      merge = withMeta (
        loc: defs:
        if all (def: first.check def.value) defs then
          metaOf first loc defs
        else if all (def: second.check def.value) defs then
          metaOf second loc defs
        else
          { }
      ) (
        loc: defs:
        if all (def: first.check def.value) defs then
          mergeLocated first loc defs
        else if all (def: second.check def.value) defs then
          mergeLocated second loc defs
        else if all (def: first.check def.value || second.check def.value) defs then
          mergeOneOption loc defs
        else
          # Values of a freeform type come here without having been checked.
          lib.trivial.warn ''
            The option `${showOption loc}' is neither of type `${first.description}' nor of type `${second.description}'. Definition values:${showDefs defs}
            If the type is used as a freeform type, it should stand behind `attrsOf', as in `freeformType = types.attrsOf (types.either t1 t2)'.
          '' (mergeOneOption loc defs)
      );
      typeMerge =
        functor:
        let
          others = functor.payload.elemType;
          a = first.typeMerge (head others).functor;
          b = second.typeMerge (elemAt others 1).functor;
        in
        if functor.name == "either" && a != null && b != null then either a b else null;
      functor = defaultFunctor "either" // {
        type = either;
        payload.elemType = [
          first
          second
        ];
      };
      nestedTypes = {
        left = first;
        right = second;
      };
    };

  coercedTo =
    coercedType: coerce: finalType:
    assert lib.assertMsg (coercedType.getSubModules == null)
      "coercedTo: coercedType must not have submodules (it’s a ${coercedType.description})";
    mkOptionType {
      name = "coercedTo";
      description = "${asNoun finalType} or ${asNoun coercedType} convertible to it";
      check =
        value: finalType.check value || (coercedType.check value && finalType.check (coerce value));
      merge =
        let
          coerced = map (
            def: if coercedType.check def.value then def // { value = coerce def.value; } else def
          );
        in
        withMeta (loc: defs: metaOf finalType loc (coerced defs)) (
          loc: defs: mergeLocated finalType loc (coerced defs)
        );
      inherit (finalType) emptyValue getSubOptions getSubModules;
      substSubModules = modules: coercedTo coercedType coerce (finalType.substSubModules modules);
      typeMerge = _functor: null;
      functor = defaultFunctor "coercedTo";
      nestedTypes = { inherit coercedType finalType; };
    };

  nonEmptyListOf =
    elemType:
    let
      list = addCheck (listOf elemType) (value: value != [ ]);
    in
    list
    // {
      description = "non-empty ${asNoun list}";
      emptyValue = { };
      substSubModules = modules: nonEmptyListOf (elemType.substSubModules modules);
    };

  attrTag = import ./attr-tag.nix { inherit lib basis; };
in
{
  inherit
    attrTag
    attrsWith
    coercedTo
    either
    functionTo
    listOf
    nonEmptyListOf
    nullOr
    unique
    ;

  attrsOf = elemType: attrsWith { inherit elemType; };
  lazyAttrsOf =
    elemType:
    attrsWith {
      inherit elemType;
      lazy = true;
    };

  # From when lists were sets as well.
  loaOf =
    elemType:
    attrsWith { inherit elemType; }
    // {
      name = "loaOf";
      deprecationMessage = "Mixing lists with attribute values is no longer possible; please use `types.attrsOf` instead. See https://github.com/NixOS/nixpkgs/issues/1800 for the motivation.";
    };

  uniq = unique { message = ""; };

  oneOf =
    types:
    if types == [ ] then
      throw "types.oneOf needs to get at least one type in its argument"
    else
      foldl' either (head types) (tail types);
}
