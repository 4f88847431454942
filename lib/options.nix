# Declaring options, merging their definitions, and describing both.
{ lib }:

let
  inherit (builtins)
    addErrorContext
    all
    concatLists
    concatMap
    concatStringsSep
    filter
    foldl'
    head
    isAttrs
    isBool
    isInt
    isList
    isString
    length
    mapAttrs
    match
    split
    tail
    tryEval
    unsafeGetAttrPos
    ;
  inherit (lib.attrsets) isDerivation optionalAttrs showAttrPath;
  inherit (lib.lists) last take toList;
  inherit (lib.strings) concatMapStrings concatMapStringsSep optionalString;
  inherit (lib.trivial) isFunction;

  unknownModule = "<unknown-file>";

  mkOption =
    attrs@{
      default ? null,
      defaultText ? null,
      example ? null,
      description ? null,
      relatedPackages ? null,
      type ? null,
      apply ? null,
      internal ? null,
      visible ? null,
      readOnly ? null,
    }:
    attrs // { _type = "option"; };

  literal =
    kind: text:
    if isString text then
      {
        _type = kind;
        inherit text;
      }
    else
      throw "${kind} expects a string.";
  literalExpression = literal "literalExpression";

  getValues = map (def: def.value);
  getFiles = map (def: def.file);

  # "*" and "<name>" stand for any name in the path of a documented option.
  showOptionPart =
    part:
    if part == "*" || match "<.*>" part != null then part else lib.strings.escapeNixIdentifier part;

  showOption = path: concatMapStringsSep "." showOptionPart path;

  showFiles = concatMapStringsSep " and " (file: "`${file}'");

  # Where in its file a definition stands, as far as that is known.
  showPosition =
    def:
    let
      position = if def ? source then unsafeGetAttrPos def.name def.source else null;
    in
    if position == null then
      ""
    else if position.file == def.file then
      " (line ${toString position.line})"
    else
      " (${position.file}:${toString position.line})";

  showDefs = concatMapStrings (
    def:
    let
      printed = tryEval (
        lib.generators.toPretty { } (
          lib.generators.withRecursion {
            depthLimit = 10;
            throwOnDepthLimit = false;
          } def.value
        )
      );
      lines = filter isString (split "\n" printed.value);
      shown = concatStringsSep "\n    " (
        take 5 lines ++ lib.lists.optional (length lines > 5) "..."
      );
      value =
        if !printed.success then
          ""
        else if length lines > 1 then
          ":\n    ${shown}"
        else
          ": ${shown}";
    in
    "\n- In `${def.file}'${showPosition def}${value}"
  );

  priorityHint = ''
    Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.
  '';

  mergeUniqueOption =
    {
      message,
      merge ? (_loc: defs: (head defs).value),
    }:
    loc: defs:
    if length defs == 1 then
      merge loc defs
    else
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${showDefs defs}\n${priorityHint}";

  mergeDefaultOption =
    loc: defs:
    let
      values = getValues defs;
      first = head values;
    in
    if length values == 1 then
      first
    else if all isFunction values then
      argument: mergeDefaultOption loc (map (def: def // { value = def.value argument; }) defs)
    else if all isList values then
      concatLists values
    else if all isAttrs values then
      foldl' (result: value: result // value) { } values
    else if all isBool values then
      builtins.any (value: value) values
    else if all isString values then
      lib.strings.concatStrings values
    else if all isInt values && all (value: value == first) values then
      first
    else
      throw "Cannot merge definitions of `${showOption loc}'. Definition values:${showDefs defs}";

  mergeEqualOption =
    loc: defs:
    let
      first = head defs;
      compare =
        def:
        if def.value == first.value then
          true
        else
          throw "The option `${showOption loc}' has conflicting definition values:${
            showDefs [
              first
              def
            ]
          }\n${priorityHint}";
    in
    if length defs == 1 || all compare (tail defs) then first.value else null;

  renderOptionValue =
    value:
    if value ? _type && value ? text then
      value
    else
      literalExpression (
        lib.generators.toPretty {
          multiline = true;
          allowPrettyValues = true;
        } value
      );

  optionAttrSetToDocList' =
    _prefix: options:
    concatMap (
      option:
      let
        name = showOption option.loc;
        visible = option.visible or true;
        emptyValue = option.type.emptyValue or { };
        hasImpliedDefault = emptyValue ? value && option.type.getSubModules or null == null;
        default = option.defaultText or option.default or emptyValue.value;
        below = option.type.getSubOptions option.loc;

        described = {
          inherit (option) loc;
          inherit name;
          description = option.description or null;
          declarations = filter (file: file != unknownModule) option.declarations;
          internal = option.internal or false;
          visible = if isBool visible then visible else visible == "shallow";
          readOnly = option.readOnly or false;
          type = option.type.description or "unspecified";
        }
        // optionalAttrs (option ? example) {
          example = addErrorContext "while evaluating the example of option `${name}`" (
            renderOptionValue option.example
          );
        }
        // optionalAttrs (option ? defaultText || option ? default || hasImpliedDefault) {
          default = addErrorContext "while evaluating the default value of option `${name}`" (
            renderOptionValue default
          );
        }
        // optionalAttrs (option.relatedPackages or null != null) {
          inherit (option) relatedPackages;
        };
      in
      [ described ]
      ++ (
        if (if isBool visible then visible else visible == "transparent") && below != { } then
          optionAttrSetToDocList' option.loc below
        else
          [ ]
      )
    ) (lib.attrsets.collect (lib.isType "option") options);

  # A value without what would build a package or never end.
  scrubOptionValue =
    value:
    if isDerivation value then
      {
        type = "derivation";
        drvPath = value.name;
        outPath = value.name;
        name = value.name;
      }
    else if isList value then
      map scrubOptionValue value
    else if isAttrs value then
      mapAttrs (_name: scrubOptionValue) (removeAttrs value [ "_args" ])
    else
      value;
in
{
  inherit
    getFiles
    getValues
    literalExpression
    mergeDefaultOption
    mergeEqualOption
    mergeUniqueOption
    mkOption
    optionAttrSetToDocList'
    renderOptionValue
    scrubOptionValue
    showDefs
    showFiles
    showOption
    unknownModule
    ;

  isOption = lib.isType "option";

  mkEnableOption =
    name:
    mkOption {
      type = lib.types.bool;
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
    };

  mkPackageOption =
    pkgs: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      path = toList default;
      shown = showAttrPath path;
      described = if isList name then last name else name;
    in
    mkOption (
      {
        type = if nullable then lib.types.nullOr lib.types.package else lib.types.package;
        description = "The ${described} package to use.${
          optionalString (extraDescription != "") " ${extraDescription}"
        }";
      }
      // (
        if default != null then
          {
            default = lib.attrsets.attrByPath path (throw "${shown} cannot be found in ${pkgsText}") pkgs;
            defaultText = literalExpression "${pkgsText}.${shown}";
          }
        else
          optionalAttrs nullable { default = null; }
      )
      // optionalAttrs (example != null) {
        example = literalExpression (
          if isList example then "${pkgsText}.${showAttrPath example}" else example
        );
      }
    );

  # An option that accepts definitions and can never be read.
  mkSinkUndeclaredOptions =
    attrs:
    mkOption (
      {
        internal = true;
        visible = false;
        default = false;
        description = "Sink for option definitions.";
        type = lib.types.mkOptionType {
          name = "sink";
          check = _value: true;
          merge = _loc: _defs: false;
        };
        apply = _value: throw "Option value is not readable because the option is not declared.";
      }
      // attrs
    );

  mergeOneOption = mergeUniqueOption { message = ""; };

  optionAttrSetToDocList = optionAttrSetToDocList' [ ];

  literalMD = literal "literalMD";
  literalCode =
    language: text:
    lib.literalMD ''
      ```${language}
      ${text}
      ```
    '';

  showOptionWithDefLocs = option: ''
    ${showOption option.loc}, with values defined in:
    ${concatMapStringsSep "\n" (file: "  - ${file}") option.files}
  '';
}
