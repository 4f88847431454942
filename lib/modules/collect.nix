# From what is listed in `modules` and `imports` to modules in one normal form.
{ lib }:

let
  inherit (builtins)
    addErrorContext
    attrNames
    concatMap
    elem
    filter
    genericClosure
    isAttrs
    isList
    isString
    mapAttrs
    substring
    typeOf
    ;
  inherit (lib.lists) imap1;
  inherit (lib.options) showDefs unknownModule;
  inherit (lib.trivial) functionArgs isFunction;

  messages = import ./messages.nix { inherit lib; };

  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };

  # The attributes that a module with `config` or `options` may have.
  moduleAttributes = [
    "_class"
    "_file"
    "key"
    "disabledModules"
    "imports"
    "options"
    "config"
    "meta"
    "freeformType"
  ];

  # The attributes of a module without them that are not definitions.
  shorthandAttributes = [
    "_class"
    "_file"
    "key"
    "disabledModules"
    "require"
    "imports"
    "freeformType"
  ];

  unifyModuleSyntax =
    file: key: module:
    let
      isLong = module ? config || module ? options;
      surplus = removeAttrs module moduleAttributes;

      definitions = if isLong then module.config or { } else removeAttrs module shorthandAttributes;
      withMeta =
        if isLong && module ? meta then
          mkMerge [
            definitions
            { inherit (module) meta; }
          ]
        else
          definitions;
      config =
        if module ? freeformType then
          mkMerge [
            withMeta
            { _module.freeformType = module.freeformType; }
          ]
        else
          withMeta;
    in
    if !(isAttrs module) then
      throw "module ${file} (${key}) does not look like a module."
    else if isLong && surplus != { } then
      throw (messages.unsupportedAttributes key (attrNames surplus))
    else
      {
        _file = if module ? _file then toString module._file else file;
        key = if module ? key then toString module.key else key;
        _class = module._class or null;
        disabledModules = module.disabledModules or [ ];
        imports = if isLong then module.imports or [ ] else module.require or [ ] ++ module.imports or [ ];
        options = if isLong then module.options or { } else { };
        inherit config;
      };

  # Calls a module. Arguments that are not given from outside come from `_module.args`.
  applyModuleArgs =
    key: f: args:
    let
      internal = removeAttrs (functionArgs f) (attrNames args);
    in
    if internal == { } then
      f args
    else
      f (
        args
        // mapAttrs (
          name: _optional:
          addErrorContext "while evaluating the module argument `${name}' in \"${key}\":" (
            addErrorContext
              "noting that argument `${name}` is not externally provided, so querying `_module.args` instead, requiring `config`"
              (
                args.config._module.args.${name}
                  or (throw "The module \"${key}\" takes the argument `${name}', which is given neither by `specialArgs` nor by `_module.args`.")
              )
          )
        ) internal
      );

  applyModuleArgsIfFunction =
    key: module: args: if isFunction module then applyModuleArgs key module args else module;

  loadModule =
    class: args: file: key: module:
    if isFunction module then
      unifyModuleSyntax file key (applyModuleArgs key module args)
    else if isAttrs module then
      let
        type = module._type or "module";
      in
      if type == "module" then
        unifyModuleSyntax file key module
      else if type == "if" || type == "override" || type == "merge" then
        unifyModuleSyntax file key { config = module; }
      else
        throw (
          messages.notAModule {
            inherit file type class;
            prefix = args._prefix;
          }
        )
    else if isList module then
      throw "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions: ${
        showDefs [
          {
            inherit file;
            value = module;
          }
        ]
      }"
    else
      let
        path = toString module;
      in
      unifyModuleSyntax path path (applyModuleArgsIfFunction path (import module) args);

  # The key of a module that an entry of `disabledModules` stands for.
  disabledKey =
    modulesPath: file: entry:
    if isString entry then
      if substring 0 1 entry == "/" then entry else "${toString modulesPath}/${entry}"
    else if lib.strings.isConvertibleWithToString entry then
      if entry ? key && entry.key != toString entry then
        throw "Module `${file}` contains a disabledModules item that is an attribute set that can be converted to a string (${toString entry}) but also has a `.key` attribute (${entry.key}) with a different value. This makes it ambiguous which module should be disabled."
      else
        toString entry
    else if entry ? key then
      entry.key
    else if isAttrs entry then
      throw "Module `${file}` contains a disabledModules item that is an attribute set, presumably a module, that does not have a `key` attribute. This means that the module system doesn't have any means to identify the module that should be disabled. Make sure that you've put the correct value in disabledModules: a string path relative to modulesPath, a path value, or an attribute set with a `key` attribute."
    else
      throw "Each disabledModules item must be a path, string, or a attribute set with a key attribute, or a value supported by toString. However, one of the disabledModules items in `${toString file}` is none of that, but is of type ${typeOf entry}.";

  # All modules reachable from `modules`, each once, in the order of a breadth-first walk.
  collectModules =
    class: modulesPath: modules: args:
    let
      checkClass =
        module:
        if class == null || module._class == null || module._class == class then
          module
        else
          throw (messages.wrongClass class module);

      load =
        file: key: listed:
        imap1 (
          number: entry:
          let
            module = checkClass (loadModule class args file "${key}:anon-${toString number}" entry);
            children = if module.imports == [ ] then [ ] else load module._file module.key module.imports;
          in
          {
            inherit (module) key;
            inherit module children;
            disabled =
              map (disabledKey modulesPath module._file) module.disabledModules
              ++ concatMap (child: child.disabled) children;
          }
        ) listed;

      roots = load unknownModule "" modules;
      disabled = concatMap (node: node.disabled) roots;
      isEnabled = node: !(elem node.key disabled);
      enabled = if disabled == [ ] then (nodes: nodes) else filter isEnabled;

      toGraph = map (node: {
        inherit (node) key;
        file = node.module._file;
        disabled = !(isEnabled node);
        imports = toGraph node.children;
      });
    in
    {
      modules = map (node: node.module) (genericClosure {
        startSet = enabled roots;
        operator = node: enabled node.children;
      });
      graph = toGraph (filter (node: node.key != "lib/modules.nix") roots);
    };
in
{
  inherit applyModuleArgsIfFunction collectModules unifyModuleSyntax;

  setDefaultModuleLocation = file: module: {
    _file = file;
    imports = [ module ];
  };

  # A file `argument: module`, with messages that name it.
  importApply =
    path: argument:
    lib.modules.setDefaultModuleLocation path (import path argument);

  importJSON = file: {
    _file = file;
    config = lib.trivial.importJSON file;
  };

  importTOML = file: {
    _file = file;
    config = lib.trivial.importTOML file;
  };
}
