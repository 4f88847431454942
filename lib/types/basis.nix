# What every type is made of.
{ lib }:

let
  isType = type: value: value._type or "" == type;

  setType = type: value: value // { _type = type; };

  isOptionType = isType "option-type";

  # A functor says how to build a type again from its parts (`payload`) and how the parts of
  # two types of one name join.
  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    payload = null;
    binOp = _a: _b: null;
  };

  # The type that stands for two declarations of one option, or null.
  defaultTypeMerge =
    a: b:
    if a.name != b.name then
      null
    else if a.payload == null then
      a.type
    else
      let
        payload = a.binOp a.payload b.payload;
      in
      if payload == null then null else a.type payload;

  # A merge function that is given definitions with the place they were written at. Any other,
  # as those of users' types, gets `{ file; value; }`, which it may take apart.
  located = withMeta (_loc: _defs: { });

  # The same, with what else is known of a value of the type (`valueMeta`): a submodule's
  # configuration, and that of the parts of a list or set.
  withMeta = meta: merge: {
    __functor = _self: merge;
    located = merge;
    inherit meta;
    v2 =
      { loc, defs }:
      {
        headError = null;
        value = merge loc defs;
        valueMeta = meta loc defs;
      };
  };

  # What is known of the value of a type from these definitions.
  metaOf = type: type.merge.meta or (_loc: _defs: { });

  # The value of a type from definitions that may have their places.
  mergeLocated =
    type: loc: defs:
    (type.merge.located or (loc: defs: type.merge loc (map withoutPlace defs))) loc defs;

  withoutPlace =
    def:
    removeAttrs def [
      "source"
      "name"
    ];

  mkOptionType =
    {
      name,
      description ? name,
      descriptionClass ? null,
      check ? (_value: true),
      merge ? located lib.options.mergeDefaultOption,
      emptyValue ? { },
      getSubOptions ? (_prefix: { }),
      getSubModules ? null,
      substSubModules ? (_modules: null),
      functor ? defaultFunctor name,
      typeMerge ? defaultTypeMerge functor,
      deprecationMessage ? null,
      nestedTypes ? { },
    }:
    {
      _type = "option-type";
      inherit
        name
        description
        descriptionClass
        check
        merge
        emptyValue
        getSubOptions
        getSubModules
        substSubModules
        functor
        typeMerge
        deprecationMessage
        nestedTypes
        ;
    };
in
{
  inherit
    defaultFunctor
    defaultTypeMerge
    isOptionType
    isType
    located
    mergeLocated
    metaOf
    mkOptionType
    setType
    withMeta
    withoutPlace
    ;

  # The functor of a type around one other type.
  elemTypeFunctor = name: build: elemType: {
    inherit name;
    type = payload: build payload.elemType;
    payload = { inherit elemType; };
    binOp =
      a: b:
      let
        merged = a.elemType.typeMerge b.elemType.functor;
      in
      if merged == null then null else { elemType = merged; };
  };

  # A type's description as part of another's: in parentheses unless its class reads well.
  optionDescriptionPhrase =
    fits: type: if fits (type.descriptionClass or null) then type.description else "(${type.description})";

  addCheck = type: check: type // { check = value: type.check value && check value; };

  mergeTypes =
    a: b:
    assert isOptionType a && isOptionType b;
    let
      merged = a.typeMerge b.functor;
    in
    if merged == null then setType "merge-error" { error = "Cannot merge types"; } else merged;
}
