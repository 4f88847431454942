# The longer messages of the module system.
{ lib }:

let
  inherit (builtins) concatStringsSep filter length;
  inherit (lib.lists) init last sortOn take;
  inherit (lib.options) showDefs showOption unknownModule;
  inherit (lib.strings)
    escapeNixIdentifier
    escapeNixString
    levenshtein
    levenshteinAtMost
    optionalString
    stringLength
    ;

  quoted = path: "`${showOption path}'";

  alternatives =
    paths:
    if length paths == 1 then
      quoted (builtins.head paths)
    else
      "${lib.strings.concatMapStringsSep ", " quoted (init paths)} or ${quoted (last paths)}";

  # The names closest to a mistaken one; half of its letters may differ.
  closest =
    name: names:
    let
      limit = lib.trivial.max 3 (stringLength name / 2);
    in
    take 3 (sortOn (levenshtein name) (filter (levenshteinAtMost limit name) names));
in
{
  unsupportedAttributes =
    key: names:
    "Module `${key}' has an unsupported attribute `${builtins.head names}'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: ${toString names}) into the explicit `config' attribute.";

  wrongClass = class: module: ''
    The module `${module._file}` (class: ${escapeNixString module._class}) cannot be imported into a module evaluation that expects class ${escapeNixString class}.

    Help:
    - Ensure that you are importing the correct module.
    - Verify that the module's `_class`, ${escapeNixString module._class} matches the expected `class` ${escapeNixString class}.
    - If you are using a custom class, make sure it is correctly defined and used consistently across your modules.
  '';

  notAModule =
    {
      file,
      type,
      class,
      prefix,
    }:
    concatStringsSep "\n" (
      [
        "Expected a module, but found a value of type ${escapeNixString type}${
          optionalString (file != unknownModule) ", while trying to load a module into ${toString file}"
        }${
          optionalString (prefix != [ ]) ", while trying to load a module into ${showOption prefix}"
        }."
        ""
        "A module is typically loaded by adding it to the `imports = [ ... ];` attribute of an existing module, or in the `modules = [ ... ];` argument of various functions."
        "Please make sure that each of the list items is a module, and not a different kind of value."
      ]
      ++ lib.lists.optionals (type == "configuration") [
        ""
        "A configuration cannot be imported. Import the modules that make it up instead; a `let` binding, a file or an attribute can give access to them."
      ]
      ++ lib.lists.optionals (type == "flake") [
        ""
        "Perhaps you forgot to select an attribute name?"
        "Instead of, for example,"
        "    inputs.someflake"
        "you need to write something like"
        "    inputs.someflake${
          if class == null then ".modules.someApp.default" else ".modules.${class}.default"
        }"
      ]
    );

  # `candidates` are the names that exist where the first name that does not was looked up.
  unknownOption =
    {
      prefix,
      definition,
      candidates,
      hasOptions,
    }:
    let
      path = prefix ++ definition.prefix;
      suggestions = map (name: init path ++ [ name ]) (closest (last path) candidates);
      didYouMean = optionalString (suggestions != [ ]) "\n\nDid you mean ${alternatives suggestions}?";
      message = "The option ${quoted path} does not exist. Definition values:${
        builtins.addErrorContext
          "while evaluating the error message for definitions for ${quoted path}, which is an option that does not exist"
          (builtins.addErrorContext "while evaluating a definition from `${definition.file}'" (showDefs [ definition ]))
      }${didYouMean}";
    in
    if hasOptions then
      message
    else if prefix == [ ] then
      ''
        ${message}

        It seems as if you're trying to declare an option by placing it into `config' rather than `options'!
      ''
    else
      ''
        ${message}

        However there are no options defined in ${quoted prefix}. Are you sure you've
        declared your options properly? This can happen if you e.g. declared your options in `types.submodule'
        under `config' rather than `options'.
      '';

  declarationNotASet = prefix: type: ''
    An option declaration for `${concatStringsSep "." prefix}' has type
    `${type}' rather than an attribute set.
    Did you mean to define this outside of `options'?
  '';

  definitionNotASet = prefix: file: type: ''
    In module `${file}', you're trying to define a value of type `${type}'
    rather than an attribute set for the option
    `${concatStringsSep "." prefix}'!

    This usually happens if `${concatStringsSep "." prefix}' has option
    definitions inside that are not matched. Please check how to properly define
    this option by e.g. referring to `man 5 home-configuration.nix'!
  '';

  notADeclaration =
    loc: type: file:
    let
      name = escapeNixIdentifier (last loc);
      comment = optionalString (length loc > 1) "\n    # ${showOption loc}";
    in
    "In module ${file}: expected an option declaration at option path `${showOption loc}` but got an attribute set with type ${type}"
    + optionalString (type == "option-type") ''


      When declaring an option, you must wrap the type in a `mkOption` call. It should look somewhat like:
          ${comment}
          ${name} = lib.mkOption {
            description = ...;
            type = <the type you wrote for ${name}>;
            ...
          };
    '';

  # An option and options below it are declared at one place.
  parentOfOptions =
    loc: declaration: below:
    let
      line = other: name: " - option(s) with prefix ${quoted (loc ++ [ name ])} in module `${other._file}'";
      lines = lib.lists.concatMap (
        other: map (line other) (builtins.attrNames other.options)
      ) below;
    in
    "The option ${quoted loc} in module `${declaration._file}' would be a parent of the following options, but its type `${
      declaration.options.type.description or "<no description>"
    }' does not support nested options.\n${concatStringsSep "\n" (builtins.sort builtins.lessThan lines)}";
}
