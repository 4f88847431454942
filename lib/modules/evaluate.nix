# `evalModules`: a configuration from modules.
{ lib }:

let
  inherit (builtins)
    addErrorContext
    any
    attrNames
    head
    seq
    ;
  inherit (lib.attrsets)
    attrByPath
    optionalAttrs
    recursiveUpdate
    setAttrByPath
    ;
  inherit (lib.lists)
    init
    optional
    remove
    reverseList
    ;
  inherit (lib.modules) collectModules mergeModules;
  inherit (lib.options) mkOption;
  inherit (lib) types;

  messages = import ./messages.nix { inherit lib; };

  # Options that every evaluation has.
  internalOptions = isInternal: {
    _module.args = mkOption (
      {
        type = types.lazyAttrsOf types.raw;
        description = ''
          Arguments that every module is called with, beside {var}`lib`, {var}`config`,
          {var}`options`, {var}`specialArgs` and the attributes of the latter.

          Submodules have arguments of their own, and do not see these. Values given here
          cannot be used in {var}`imports`, because the modules to evaluate must be known
          before any option has a value; {var}`specialArgs` can.
        '';
      }
      // optionalAttrs isInternal { internal = true; }
    );

    _module.check = mkOption {
      type = types.bool;
      internal = true;
      default = true;
      description = "Whether to check whether all option definitions have matching declarations.";
    };

    _module.freeformType = mkOption {
      type = types.nullOr types.optionType;
      internal = true;
      default = null;
      description = ''
        The type of definitions that belong to no option. With `null` they are errors, unless
        {option}`_module.check` is off.
      '';
    };

    _module.specialArgs = mkOption {
      readOnly = true;
      internal = true;
      description = "Arguments given from outside, which a configuration cannot change.";
    };
  };

  rootOptions = internalOptions false;
  submoduleOptions = internalOptions true;

  evalModules =
    evalArgs@{
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
      args ? { },
      check ? true,
    }:
    let
      listed =
        modules
        ++ optional (evalArgs ? args) { config._module.args = args; }
        ++ optional (evalArgs ? check) { config._module.check = lib.modules.mkDefault check; };

      internalModule = {
        _file = "lib/modules.nix";
        key = "lib/modules.nix";
        options = if prefix == [ ] then rootOptions else submoduleOptions;
        config._module = {
          args = {
            inherit extendModules;
            moduleType = type;
          };
          inherit specialArgs;
        };
      };

      collected = collectModules class (specialArgs.modulesPath or "") (listed ++ [ internalModule ]) (
        {
          inherit lib options specialArgs;
          _class = class;
          _prefix = prefix;
          config = addErrorContext "if you get an infinite recursion here, you probably reference `config` in `imports`. If you are trying to achieve a conditional import behavior dependent on `config`, consider importing unconditionally, and using `mkEnableOption` and `mkIf` to control its effect." config;
        }
        // specialArgs
      );

      # Later modules come first when lists are merged.
      merged = mergeModules prefix (reverseList collected.modules);
      options = merged.matchedOptions;
      declared = merged.config;

      # Hardly any evaluation defines these two, and every one asks for them.
      isDefined =
        name:
        any (
          def: def.value ? ${name} || def.value ? _type || !(builtins.isAttrs def.value)
        ) merged.definitions._module;
      freeformType = if isDefined "freeformType" then declared._module.freeformType else null;
      isChecked = !(isDefined "check") || declared._module.check;

      freeform =
        if merged.unmatchedDefns == [ ] then
          { }
        else
          freeformType.merge prefix (
            map (def: {
              inherit (def) file;
              value = setAttrByPath def.prefix def.value;
            }) merged.unmatchedDefns
          );

      config = if freeformType == null then declared else recursiveUpdate freeform declared;

      checkUnmatched =
        if isChecked && freeformType == null && merged.unmatchedDefns != [ ] then
          let
            definition = head merged.unmatchedDefns;
            parent = init definition.prefix;
            siblings = attrNames (attrByPath parent { } options);
          in
          throw (
            messages.unknownOption {
              inherit prefix definition;
              candidates = if parent == [ ] then remove "_module" siblings else siblings;
              hasOptions = attrNames options != [ "_module" ];
            }
          )
        else
          null;
      checked = seq checkUnmatched;

      extendModules =
        {
          modules ? [ ],
          specialArgs ? { },
          prefix ? evalArgs.prefix or [ ],
        }:
        evalModules (
          evalArgs
          // {
            modules = evalArgs.modules ++ modules;
            specialArgs = evalArgs.specialArgs or { } // specialArgs;
            inherit prefix;
          }
        );

      type = types.submoduleWith { inherit modules specialArgs class; };
    in
    {
      _type = "configuration";
      options = checked options;
      config = checked (removeAttrs config [ "_module" ]);
      _module = checked config._module;
      inherit (collected) graph;
      inherit extendModules type class;
    };
in
{
  inherit evalModules;

  fixMergeModules =
    modules: args:
    evalModules {
      inherit modules args;
      check = false;
    };
}
