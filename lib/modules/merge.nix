# From the declarations and definitions of all modules to options with values.
#
# The tree of options is walked along the names of its declarations. At every level the
# declarations and the definitions are sorted by name; everything below is left unevaluated
# until it is asked for.
{ lib }:

let
  inherit (builtins)
    addErrorContext
    all
    attrNames
    concatMap
    filter
    foldl'
    head
    isAttrs
    length
    mapAttrs
    typeOf
    unsafeGetAttrPos
    zipAttrsWith
    ;
  inherit (lib.lists) last;
  inherit (lib.modules)
    mergeFinalDefinitions
    pushDownProperties
    resolveDefinitions
    setDefaultModuleLocation
    ;
  inherit (lib.options)
    mkOption
    showDefs
    showFiles
    showOption
    ;
  inherit (lib.trivial) warn;

  inherit (import ../types/basis.nix { inherit lib; }) metaOf withoutPlace;

  messages = import ./messages.nix { inherit lib; };

  positionOf =
    name: declaration:
    let
      position =
        if declaration ? source then
          unsafeGetAttrPos name declaration.source
        else
          declaration.pos or null;
    in
    if position == null then
      {
        file = declaration._file;
        line = null;
        column = null;
      }
    else
      position;

  # The modules of a submodule type, told where the option was declared.
  locatedSubModules =
    declaration:
    let
      modules = declaration.options.type.getSubModules or null;
    in
    if modules == null then [ ] else map (setDefaultModuleLocation declaration._file) modules;

  # One option from all its declarations.
  mergeOptionDecls =
    loc: declarations:
    let
      name = last loc;
      first = head declarations;

      start = first.options // {
        inherit loc;
        declarations = [ first._file ];
        declarationPositions = [ (positionOf name first) ];
        options = locatedSubModules first;
      };

      add =
        merged: declaration:
        let
          option = declaration.options;
          clash = throw "The option `${showOption loc}' in `${declaration._file}' is already declared in ${showFiles merged.declarations}.";
          bothHave = field: option ? ${field} && merged ? ${field};
          type = merged.type.typeMerge option.type.functor;
        in
        if bothHave "default" || bothHave "example" || bothHave "description" || bothHave "apply" then
          clash
        else
          option
          // merged
          // {
            declarations = merged.declarations ++ [ declaration._file ];
            declarationPositions = merged.declarationPositions ++ [ (positionOf name declaration) ];
            options = locatedSubModules declaration ++ merged.options;
          }
          // (
            if !(bothHave "type") then
              { }
            else if type == null then
              clash
            else
              { inherit type; }
          );
    in
    if length declarations == 1 then
      start
    else if declarations == [ ] then
      {
        inherit loc;
        declarations = [ ];
        declarationPositions = [ ];
        options = [ ];
      }
    else
      foldl' add start (builtins.tail declarations);

  # Gives the type the modules of all declarations, or an untyped option a type.
  fixupOptionType =
    _loc: option:
    if option.type.getSubModules or null == null then
      if option ? type then option else option // { type = lib.types.unspecified; }
    else
      option
      // {
        type = option.type.substSubModules option.options;
        options = [ ];
      };

  # An option with its value, from its definitions.
  evalOptionValue =
    loc: option: given:
    let
      inherit (option) type;

      defaultDefinition = {
        file = head option.declarations;
        value = lib.modules.mkOptionDefault option.default;
      };
      definitions = if option ? default then [ defaultDefinition ] ++ given else given;

      # Most options have no definition but their default, which is not resolved further.
      isUntouched = given == [ ] && option ? default && option.default._type or "" != "order";

      resolved =
        if isUntouched then
          {
            values = [
              {
                inherit (defaultDefinition) file;
                value = option.default;
              }
            ];
            highestPrio = 1500;
          }
        else if option.readOnly or false && length definitions > 1 then
          throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${
            showDefs (
              map (
                def:
                def // { value = mergeFinalDefinitions loc type (resolveDefinitions [ def ]).values; }
              ) definitions
            )
          }"
        else
          resolveDefinitions definitions;

      final = resolved.values;
      merged = mergeFinalDefinitions loc type final;
      value = if option ? apply then option.apply merged else merged;

      evaluated = option // {
        value = addErrorContext "while evaluating the option `${showOption loc}':" value;
        inherit (resolved) highestPrio;
        definitions = map (def: def.value) final;
        files = map (def: def.file) final;
        definitionsWithLocations = map withoutPlace final;
        isDefined = final != [ ];
        valueMeta = if final == [ ] then { } else metaOf type loc final;
        __toString = _self: showOption loc;
      };
    in
    if type.deprecationMessage or null == null then
      evaluated
    else
      warn
        "The type `types.${type.name}' of option `${showOption loc}' defined in ${showFiles option.declarations} is deprecated. ${type.deprecationMessage}"
        evaluated;

  asOption =
    declaration:
    if lib.options.isOption declaration.options then
      declaration
    else
      declaration
      // {
        options = mkOption {
          type = lib.types.submoduleWith {
            modules = [ { inherit (declaration) options; } ];
            shorthandOnlyDefinesConfig = null;
          };
        };
      };

  optionResult =
    loc: declarations: definitions:
    let
      option = evalOptionValue loc (fixupOptionType loc (mergeOptionDecls loc declarations)) definitions;
    in
    {
      matchedOptions = option;
      config = option.value;
      unmatchedDefns = [ ];
    };

  # The definitions inside of one.
  below =
    def:
    map (config: {
      inherit (def) file;
      inherit config;
    }) (pushDownProperties def.value);

  # What is declared and defined under one name: an option, or a set of options.
  mergeName =
    loc: declarations: definitions:
    let
      isDeclaration =
        declaration:
        declaration.options ? _type
        && (
          declaration.options._type == "option"
          || throw (messages.notADeclaration loc declaration.options._type declaration._file)
        );
      # Nearly every name is declared once.
      options =
        if length declarations == 1 then
          if isDeclaration (head declarations) then declarations else [ ]
        else
          filter isDeclaration declarations;
    in
    if options == [ ] then
      mergeModules' loc declarations (concatMap below definitions)
    else if length options == length declarations then
      optionResult loc declarations definitions
    else if all (declaration: declaration.options.type.name or null == "submodule") options then
      optionResult loc (map asOption declarations) definitions
    else
      throw (
        messages.parentOfOptions loc (head options) (
          filter (declaration: !(lib.options.isOption declaration.options)) declarations
        )
      );

  # `modules` are `{ _file; options; }` and `configs` are `{ file; config; }`, both below
  # `prefix`. The result has the options and their values as trees of one shape, and the
  # definitions that belong to no option, each with the path to it as `prefix`.
  mergeModules' =
    prefix: modules: configs:
    let
      declarationsOf =
        module:
        let
          inherit (module) _file;
          source = module.options;
        in
        if isAttrs source then
          mapAttrs (_name: options: { inherit _file options source; }) source
        else
          throw (messages.declarationNotASet prefix (typeOf source));

      definitionsOf =
        module:
        let
          inherit (module) file;
          source = module.config;
        in
        if isAttrs source then
          mapAttrs (name: value: {
            inherit
              file
              value
              source
              name
              ;
          }) source
        else
          throw (messages.definitionNotASet prefix file (typeOf source));

      definitions = zipAttrsWith (_name: values: values) (map definitionsOf configs);

      results = zipAttrsWith (
        name: declarations:
        mergeName (prefix ++ [ name ]) declarations (definitions.${name} or [ ])
      ) (map declarationsOf modules);
    in
    {
      # The definitions by name, before any mark is looked at.
      inherit definitions;
      matchedOptions = mapAttrs (_name: result: result.matchedOptions) results;
      config = mapAttrs (_name: result: result.config) results;
      unmatchedDefns =
        if configs == [ ] then
          [ ]
        else
          concatMap (
            name:
            map (def: def // { prefix = [ name ] ++ def.prefix or [ ]; }) (
              if results ? ${name} then results.${name}.unmatchedDefns else definitions.${name}
            )
          ) (attrNames definitions);
    };
in
{
  inherit
    evalOptionValue
    fixupOptionType
    mergeModules'
    mergeOptionDecls
    ;

  mergeModules =
    prefix: modules:
    mergeModules' prefix modules (
      concatMap (
        module:
        map (config: {
          file = module._file;
          inherit config;
        }) (pushDownProperties module.config)
      ) modules
    );

  # The value and priority of each attribute of an option of type `attrsOf`.
  mergeAttrDefinitionsWithPrio =
    option:
    assert option.type.name == "attrsOf" || option.type.name == "lazyAttrsOf";
    let
      byName = zipAttrsWith (_name: defs: defs) (
        concatMap (
          def: map (mapAttrs (_name: value: def // { inherit value; })) (pushDownProperties def.value)
        ) option.definitionsWithLocations
      );
    in
    mapAttrs (
      name: defs:
      let
        resolved = resolveDefinitions defs;
      in
      {
        value = mergeFinalDefinitions (option.loc ++ [ name ]) option.type.nestedTypes.elemType resolved.values;
        inherit (resolved) highestPrio;
      }
    ) byName;
}
