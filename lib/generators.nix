# Configuration files from attribute sets.
{ lib }:

let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    foldl'
    head
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    length
    map
    replaceStrings
    tail
    toJSON
    ;
  inherit (lib.attrsets) isDerivation mapAttrsToList;
  inherit (lib.strings) concatMapStringsSep concatStrings escape;
  inherit (lib.trivial) isFunction;

  pretty = import ./generators-pretty.nix { inherit lib; };

  mkValueStringDefault =
    { }:
    value:
    let
      unsupported = kind: abort "generators.mkValueStringDefault: ${kind} not supported: ${pretty.toPretty { } value}";
    in
    if isString value then
      value
    else if isInt value || isDerivation value then
      toString value
    else if isBool value then
      lib.trivial.boolToString value
    else if value == null then
      "null"
    else if isFloat value then
      lib.strings.floatToString value
    else if isList value then
      unsupported "lists"
    else if isAttrs value then
      unsupported "attrsets"
    else if isFunction value then
      unsupported "functions"
    else
      abort "generators.mkValueStringDefault: this value is not supported: ${toString value}";

  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    separator:
    let
      escapeSeparator = escape [ separator ];
    in
    key: value: "${escapeSeparator key}${separator}${mkValueString value}";

  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    let
      line = key: value: "${indent}${mkKeyValue key value}\n";
      lines =
        key: value:
        if listsAsDuplicateKeys && isList value then
          concatStrings (map (line key) value)
        else
          line key value;
    in
    attrs: concatStrings (mapAttrsToList lines attrs);

  escapeSectionName = escape [
    "["
    "]"
  ];

  toINI =
    {
      mkSectionName ? escapeSectionName,
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    let
      body = toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; };
    in
    sections:
    concatStringsSep "\n" (
      mapAttrsToList (name: values: "[${mkSectionName name}]\n${body values}") sections
    );

  # Nested sets become sections with dotted names.
  flattenGitSections =
    let
      isSection = value: isAttrs value && !isDerivation value;
      hasSections = value: isSection value && builtins.any isSection (builtins.attrValues value);

      entries =
        section: set:
        concatMap (
          key:
          let
            value = set.${key};
          in
          if isSection value then
            entries "${section}.${key}" value
          else
            [ { inherit section key value; } ]
        ) (attrNames set);
    in
    attrs:
    let
      nested = lib.attrsets.filterAttrs (_name: hasSections) attrs;
      flat = builtins.groupBy (entry: entry.section) (
        concatMap (name: entries name nested.${name}) (attrNames nested)
      );
    in
    removeAttrs attrs (attrNames nested)
    // builtins.mapAttrs (
      _section: fields:
      foldl' (set: field: set // { ${field.key} = field.value; }) { } fields
    ) flat;

  toGitINI =
    let
      mkSectionName =
        name:
        let
          parts = lib.strings.splitString "." name;
        in
        if lib.strings.hasInfix "\"" name || length parts == 1 then
          name
        else
          ''${head parts} "${concatStringsSep "." (tail parts)}"'';

      escapeValue = replaceStrings [ "\n" "\t" "\"" "\\" ] [ "\\n" "\\t" "\\\"" "\\\\" ];

      keyValue = mkKeyValueDefault {
        mkValueString =
          value: mkValueStringDefault { } (if isString value then ''"${escapeValue value}"'' else value);
      } " = ";
      line = key: value: "\t${keyValue key value}";

      render = toINI {
        inherit mkSectionName;
        mkKeyValue = key: value: if isList value then concatMapStringsSep "\n" (line key) value else line key value;
      };
    in
    attrs: render (flattenGitSections attrs);

  mkDconfKeyValue = mkKeyValueDefault {
    mkValueString = value: toString (lib.gvariant.mkValue value);
  } "=";

  toPlist =
    {
      escape ? false,
    }:
    let
      text = if escape then lib.strings.escapeXML else value: value;

      node =
        indent: value:
        if value == null then
          ""
        else if isBool value then
          "${indent}<${lib.trivial.boolToString value}/>"
        else if isInt value then
          "${indent}<integer>${toString value}</integer>"
        else if isFloat value then
          "${indent}<real>${toString value}</real>"
        else if isString value then
          "${indent}<string>${text value}</string>"
        else if isList value then
          container indent "array" (map (node "\t${indent}") value)
        else if isAttrs value then
          container indent "dict" (
            concatMap (
              key:
              if key == "_module" || value.${key} == null then
                [ ]
              else
                [
                  "\t${indent}<key>${text key}</key>"
                  (node "\t${indent}" value.${key})
                ]
            ) (attrNames value)
          )
        else if isPath value then
          "${indent}<string>${text (toString value)}</string>"
        else
          abort "generators.toPlist: a value of type ${builtins.typeOf value} is not supported";

      container =
        indent: tag: lines:
        "${indent}<${tag}>\n${concatStringsSep "\n" lines}\n${indent}</${tag}>";
    in
    value: ''
      <?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
      <plist version="1.0">
      ${node "" value}
      </plist>'';

  toDhall =
    { }@options:
    value:
    if isAttrs value then
      "{ ${
        concatStringsSep ", " (mapAttrsToList (key: item: "${key} = ${toDhall options item}") value)
      } }"
    else if isList value then
      "[ ${concatMapStringsSep ", " (toDhall options) value} ]"
    else if isInt value then
      if value < 0 then toString value else "+${toString value}"
    else if isBool value then
      if value then "True" else "False"
    else if value == null || isFunction value then
      abort "generators.toDhall: cannot convert a ${
        if value == null then "null" else "function"
      } to Dhall"
    else
      toJSON value;

  toLua =
    {
      multiline ? true,
      indent ? "",
      asBindings ? false,
    }:
    value:
    let
      variable = "[[:alpha:]_][[:alnum:]_]*(\\.[[:alpha:]_][[:alnum:]_]*)*";
      badNames = builtins.filter (name: builtins.match variable name == null) (attrNames value);

      render =
        indent: value:
        let
          inner = "${indent}  ";
          open = if multiline then "\n${inner}" else " ";
          close = if multiline then "\n${indent}" else " ";
          table = items: if items == [ ] then "{}" else "{${open}${concatStringsSep ",${open}" items}${close}}";
        in
        if value == null then
          "nil"
        else if isInt value || isFloat value || isString value || isBool value then
          toJSON value
        else if isPath value || isDerivation value then
          toJSON "${value}"
        else if isList value then
          table (map (render inner) value)
        else if !isAttrs value then
          abort "generators.toLua: type ${builtins.typeOf value} is unsupported"
        else if value._type or null == "lua-inline" then
          "(${value.expr})"
        else
          table (mapAttrsToList (key: item: "[${toJSON key}] = ${render inner item}") value);
    in
    if asBindings then
      assert lib.assertMsg (badNames == [ ]) "Bad Lua var names: ${pretty.toPretty { } badNames}";
      concatStrings (mapAttrsToList (name: item: "${indent}${name} = ${render indent item}\n") value)
    else
      render indent value;
in
pretty
// {
  inherit
    mkDconfKeyValue
    mkKeyValueDefault
    mkValueStringDefault
    toDhall
    toGitINI
    toINI
    toKeyValue
    toLua
    toPlist
    ;

  # Keys before the first section, then sections.
  toINIWithGlobalSection =
    {
      mkSectionName ? escapeSectionName,
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    {
      globalSection,
      sections ? { },
    }:
    lib.strings.optionalString (globalSection != { }) (
      toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection + "\n"
    )
    + toINI { inherit mkSectionName mkKeyValue listsAsDuplicateKeys; } sections;

  toDconfINI = toINI { mkKeyValue = mkDconfKeyValue; };

  # Every JSON document is a YAML document too.
  toJSON = { }: builtins.toJSON;
  toYAML = { }: builtins.toJSON;

  mkLuaInline = expr: {
    _type = "lua-inline";
    inherit expr;
  };
}
