# Marks that a module puts on a value: conditions, priorities, and order.
{ lib }:

let
  inherit (builtins)
    concatMap
    isAttrs
    isBool
    mapAttrs
    ;

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };

  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };

  # Of several definitions those with the lowest number win.
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };

  defaultOverridePriority = 100;

  # Definitions are merged in ascending order.
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };

  defaultOrderPriority = 1000;

  # Moves the marks of a set onto its attributes.
  pushDownProperties =
    config:
    let
      type = config._type or "";
      onEach = mark: value: if isAttrs value then mapAttrs (_name: mark) value else value;
    in
    if type == "" then
      [ config ]
    else if type == "merge" then
      concatMap pushDownProperties config.contents
    else if type == "if" then
      map (onEach (mkIf config.condition)) (pushDownProperties config.content)
    else if type == "override" then
      map (onEach (mkOverride config.priority)) (pushDownProperties config.content)
    else
      [ config ];

  # The values of a definition whose conditions hold.
  dischargeProperties =
    value:
    let
      type = value._type or "";
    in
    if type == "merge" then
      concatMap dischargeProperties value.contents
    else if type == "if" then
      if !(isBool value.condition) then
        throw "‘mkIf’ called with a non-Boolean condition"
      else if value.condition then
        dischargeProperties value.content
      else
        [ ]
    else
      [ value ];

  mkAliasAndWrapDefinitions =
    wrap: option: mkIf option.isDefined (wrap (mkMerge option.definitions));
in
{
  inherit
    defaultOrderPriority
    defaultOverridePriority
    dischargeProperties
    mkAliasAndWrapDefinitions
    mkIf
    mkMerge
    mkOrder
    mkOverride
    pushDownProperties
    ;

  mkAssert =
    assertion: message:
    mkIf (if assertion then true else throw "\nFailed assertion: ${message}");

  mkDefinition = definition: definition // { _type = "definition"; };

  # What an option's own default has.
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  # For profiles of bootable media, which hosts build upon.
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;

  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;

  mkFixStrictness = value: value;

  mkAliasDefinitions = mkAliasAndWrapDefinitions (value: value);

  # Definitions passed on to another option keep the priority they have here.
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    let
      priority = option.highestPrio or defaultOverridePriority;
    in
    mkIf option.isDefined (wrap (mkMerge (map (mkOverride priority) option.definitions)));

  mkAliasIfDef = option: mkIf option.isDefined;

  mkDerivedConfig =
    option: f: mkOverride (option.highestPrio or defaultOverridePriority) (f option.value);

  # Applies a function to the value inside all marks.
  mapDefinitionValue =
    f: value:
    let
      type = value._type or null;
      inside = lib.modules.mapDefinitionValue f;
    in
    if type == "merge" then
      value // { contents = map inside value.contents; }
    else if type == "if" || type == "override" || type == "order" then
      value // { content = inside value.content; }
    else if type == "definition" then
      value // { value = inside value.value; }
    else
      f value;
}
