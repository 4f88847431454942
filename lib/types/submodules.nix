# Types whose values are configurations, modules, options or types.
{ lib, basis }:

let
  inherit (builtins)
    attrNames
    head
    intersectAttrs
    isAttrs
    length
    ;
  inherit (basis)
    defaultFunctor
    isType
    mkOptionType
    optionDescriptionPhrase
    withMeta
    ;
  inherit (lib.attrsets) optionalAttrs;
  inherit (lib.lists) last;
  inherit (lib.trivial) isFunction;

  noCheckForDocsModule = {
    _file = "<built-in module that disables checks for the purpose of documentation generation>";
    config._module.check = lib.mkForce false;
  };

  isModule = value: isAttrs value || isFunction value || lib.types.path.check value;

  # What two declarations say about one argument: either may leave it open.
  agree =
    what: a: b:
    if a == null then
      b
    else if b == null || a == b then
      a
    else
      throw "A submoduleWith option is declared multiple times with conflicting ${what} ${builtins.toJSON a} and ${builtins.toJSON b}.";

  submoduleWith =
    attrs@{
      modules,
      specialArgs ? { },
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }:
    let
      base = lib.modules.evalModules {
        inherit class specialArgs;
        modules = [ { _module.args.name = lib.modules.mkOptionDefault "‹name›"; } ] ++ modules;
      };
      docs = prefix: base.extendModules {
        inherit prefix;
        modules = [ noCheckForDocsModule ];
      };
      inherit (base._module) freeformType;

      evaluate =
        loc: defs:
        lib.modules.evalModules {
          inherit class specialArgs;
          prefix = loc;
          modules = modules ++ [ { _module.args.name = last loc; } ] ++ map toModule defs;
        };

      toModule =
        def:
        if shorthandOnlyDefinesConfig == true && isAttrs def.value then
          {
            _file = def.file;
            config = def.value;
          }
        else
          {
            _file = def.file;
            imports = [ def.value ];
          };
    in
    mkOptionType {
      name = "submodule";
      description =
        let
          freeform = (docs [ ])._module.freeformType;
        in
        if description != null then
          description
        else if freeform ? description then
          "open submodule of ${
            optionDescriptionPhrase (class: class == "noun" || class == "composite") freeform
          }"
        else
          "submodule";
      check = isModule;
      merge = withMeta (loc: defs: { configuration = evaluate loc defs; }) (
        loc: defs: (evaluate loc defs).config
      );
      emptyValue.value = base.config;
      getSubOptions =
        prefix:
        let
          evaluated = docs prefix;
          freeform = evaluated._module.freeformType;
        in
        evaluated.options
        // optionalAttrs (freeform != null) { _freeformOptions = freeform.getSubOptions prefix; };
      getSubModules = modules;
      substSubModules = replacement: submoduleWith (attrs // { modules = replacement; });
      nestedTypes = optionalAttrs (freeformType != null) { inherit freeformType; };
      functor = defaultFunctor "submodule" // {
        type = submoduleWith;
        payload = {
          inherit
            modules
            class
            specialArgs
            shorthandOnlyDefinesConfig
            description
            ;
        };
        binOp =
          a: b:
          let
            shared = intersectAttrs a.specialArgs b.specialArgs;
          in
          {
            modules = a.modules ++ b.modules;
            class = agree "class values" (a.class or null) (b.class or null);
            specialArgs =
              if shared == { } then
                a.specialArgs // b.specialArgs
              else
                throw "A submoduleWith option is declared multiple times with the same specialArgs \"${toString (attrNames shared)}\"";
            shorthandOnlyDefinesConfig =
              agree "shorthandOnlyDefinesConfig values" a.shorthandOnlyDefinesConfig
                b.shorthandOnlyDefinesConfig;
            description = agree "descriptions" a.description b.description;
          };
      };
    };

  # A module that is not evaluated yet; several become one that imports them all.
  deferredModuleWith =
    attrs@{
      staticModules ? [ ],
    }:
    mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = isModule;
      merge = loc: defs: {
        imports =
          staticModules
          ++ map (
            def:
            lib.modules.setDefaultModuleLocation "${def.file}, via option ${lib.options.showOption loc}" def.value
          ) defs;
      };
      inherit (submoduleWith { modules = staticModules; }) getSubOptions getSubModules;
      substSubModules = modules: deferredModuleWith (attrs // { staticModules = modules; });
      functor = defaultFunctor "deferredModuleWith" // {
        type = deferredModuleWith;
        payload = { inherit staticModules; };
        binOp = a: b: { staticModules = a.staticModules ++ b.staticModules; };
      };
    };
in
{
  inherit deferredModuleWith noCheckForDocsModule submoduleWith;

  submodule =
    modules:
    submoduleWith {
      shorthandOnlyDefinesConfig = true;
      modules = lib.lists.toList modules;
    };

  deferredModule = deferredModuleWith { };

  optionDeclaration = mkOptionType {
    name = "optionDeclaration";
    description = "option declaration";
    descriptionClass = "noun";
    check = value: isType "option" value && !(value ? value);
  };

  optionType = mkOptionType {
    name = "optionType";
    description = "optionType";
    descriptionClass = "noun";
    check = basis.isOptionType;
    merge =
      loc: defs:
      if length defs == 1 then
        (head defs).value
      else
        (lib.modules.fixupOptionType loc (
          lib.modules.mergeOptionDecls loc (
            map (def: {
              _file = def.file;
              pos = null;
              options = lib.options.mkOption { type = def.value; };
            }) defs
          )
        )).type;
  };
}
