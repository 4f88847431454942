{ lib }:

let
  inherit (builtins) attrNames filter toJSON;

  isInline = lib.isType "nushell-inline";

  # Nushell allows any name without these characters, even one that is only digits.
  validName = "[$]?[^${lib.escapeRegex ".[({+-*^/=!<>&|"}]+";

  render =
    {
      indent,
      multiline,
    }:
    value:
    let
      deeper = indent + "    ";
      open = if multiline then "\n${deeper}" else " ";
      close = if multiline then "\n${indent}" else " ";
      inner = render {
        indent = deeper;
        inherit multiline;
      };
      enclose =
        left: right: items:
        "${left}${open}${lib.concatStringsSep open items}${close}${right}";
      field = name: item: "${toJSON name}: ${inner item}";
    in
    if value == null then
      "null"
    else if lib.isList value then
      if value == [ ] then "[]" else enclose "[" "]" (map inner value)
    else if lib.isAttrs value then
      if isInline value then
        "(${value.expr})"
      else if value == { } then
        "{}"
      else if lib.isDerivation value then
        toString value
      else
        enclose "{" "}" (lib.mapAttrsToList field value)
    else if lib.isInt value || lib.isFloat value || lib.isString value || lib.isBool value then
      toJSON value
    else
      throw "nushell.toNushell: type ${builtins.typeOf value} is unsupported";
in
{
  mkNushellInline = expr: lib.setType "nushell-inline" { inherit expr; };
  isNushellInline = isInline;

  # A value in Nushell's syntax; with `asBindings`, a `let` line for each attribute.
  toNushell =
    {
      indent ? "",
      multiline ? true,
      asBindings ? false,
    }:
    value:
    let
      badNames = filter (name: builtins.match validName name == null) (attrNames value);
      binding = name: item: "${indent}let ${name} = ${render { inherit indent multiline; } item}\n";
    in
    if !asBindings then
      render { inherit indent multiline; } value
    else
      assert lib.assertMsg (
        badNames == [ ]
      ) "Bad Nushell variable names: ${lib.generators.toPretty { } badNames}";
      lib.concatStrings (lib.mapAttrsToList binding value);

  # The configuration that loads what `program arguments` prints. Nushell reads a file before
  # it runs the configuration that names it, so that the file has to be there by then: it is
  # built into the store or, without a package, written by `env.nu`, which comes first. Which
  # options are set does not depend on the package: a disabled module never evaluates it.
  loadOutput =
    {
      pkgs,
      package,
      program,
      arguments,
      name,
      cacheHome,
      command ? "source",
      built ? pkgs.runCommand name { } ''
        ${lib.getExe package} ${arguments} >> "$out"
      '',
    }:
    let
      directory = "${cacheHome}/nushell";
      path = toJSON "${directory}/${name}";
    in
    {
      extraEnv = lib.mkIf (package == null) ''
        mkdir ${toJSON directory}
        ${program} ${arguments} | save --force ${path}
      '';
      extraConfig = ''
        ${command} ${if package == null then path else built}
      '';
    };
}
