# Values in Nix's own syntax, for messages and documentation.
{ lib }:

let
  inherit (builtins)
    addErrorContext
    concatStringsSep
    filter
    isAttrs
    isBool
    isFloat
    isInt
    isList
    isPath
    isString
    length
    mapAttrs
    replaceStrings
    split
    ;
  inherit (lib.attrsets) mapAttrsToList;
  inherit (lib.strings) concatMapStringsSep escape escapeNixIdentifier;
  inherit (lib.trivial) functionArgs isFunction;

  escapeLine = escape [
    "\\"
    "\""
    "\${"
  ];
  escapeIndented = replaceStrings [ "\${" "''" ] [ "''\${" "'''" ];

  # Attributes that give a set its behaviour and are not to be walked into.
  special = {
    __functor = null;
    __functionArgs = null;
    __toString = null;
    __pretty = null;
  };
in
{
  # Cuts a value off at a depth, so that it can be shown even if it is infinite.
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    assert isInt depthLimit;
    let
      beyond =
        if throwOnDepthLimit then
          throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else
          "<unevaluated>";

      walk =
        depth: value:
        if depth > depthLimit then
          beyond
        else if isAttrs value then
          mapAttrs (name: item: if special ? ${name} then item else walk (depth + 1) item) value
        else if isList value then
          map (walk (depth + 1)) value
        else if depth == depthLimit then
          beyond
        else
          value;
    in
    walk 0;

  toPretty =
    {
      allowPrettyValues ? false,
      multiline ? true,
      indent ? "",
    }:
    let
      enclose =
        indent: left: right: items:
        let
          open = if multiline then "\n${indent}  " else " ";
          close = if multiline then "\n${indent}" else " ";
        in
        left + open + concatStringsSep open items + close + right;

      string =
        indent: value:
        let
          lines = filter isString (split "\n" value);
          inner = "\n${indent}  ";
          escaped = map escapeIndented lines;
          last = lib.lists.last escaped;
        in
        if multiline && length lines > 1 then
          "''${inner}${concatStringsSep inner (lib.lists.init escaped)}${
            if last == "" then "\n${indent}" else inner + last
          }''"
        else
          "\"${concatMapStringsSep "\\n" escapeLine lines}\"";

      function =
        value:
        let
          arguments = functionArgs value;
          shown = mapAttrsToList (name: optional: if optional then "${name}?" else name) arguments;
        in
        if arguments == { } then "<function>" else "<function, args: {${concatStringsSep ", " shown}}>";

      render =
        indent: value:
        let
          inner = "${indent}  ";
        in
        if isString value then
          string indent value
        else if isInt value then
          toString value
        else if isFloat value then
          builtins.toJSON value
        else if isBool value then
          lib.trivial.boolToString value
        else if value == null then
          "null"
        else if isPath value then
          toString value
        else if isList value then
          if value == [ ] then "[ ]" else enclose indent "[" "]" (map (render inner) value)
        else if isFunction value then
          function value
        else if !isAttrs value then
          "<${builtins.typeOf value}>"
        else if allowPrettyValues && value ? __pretty && value ? val then
          value.__pretty value.val
        else if value == { } then
          "{ }"
        else if value.type or null == "derivation" then
          "<derivation ${value.name or "???"}>"
        else
          enclose indent "{" "}" (
            mapAttrsToList (
              name: item:
              "${escapeNixIdentifier name} = ${
                addErrorContext "while evaluating an attribute `${name}`" (render inner item)
              };"
            ) value
          );
    in
    render indent;
}
