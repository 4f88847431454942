# What the NixOS of 2018 expects of the library, and the library of today no longer has.
final: prev:

let
  # An option with `options` was a set of submodules.
  asModule = module: if prev.isFunction module || module ? options then module else { options = module; };

  # A list of things with names, or a set of them.
  loaOf =
    element:
    let
      base = prev.types.attrsOf element;
      named =
        list:
        builtins.listToAttrs (
          prev.imap1 (number: value: {
            name = value.name or (toString number);
            inherit value;
          }) list
        );
      convert =
        definition:
        definition
        // {
          value = if prev.isList definition.value then named definition.value else definition.value;
        };
    in
    base
    // {
      check = value: prev.isList value || prev.isAttrs value;
      merge = loc: definitions: base.merge loc (map convert definitions);
      substSubModules = modules: loaOf (element.substSubModules modules);
      typeMerge =
        other:
        let
          merged = base.typeMerge other;
        in
        if merged == null then null else loaOf merged.nestedTypes.elemType;
    };
in
{
  literalExample = prev.literalExpression;
  replaceChars = prev.replaceStrings;
  traceValIfNot = predicate: predicate;

  types = prev.types // {
    inherit loaOf;
    optionSet = prev.types.unspecified;
    string = prev.types.str;
    uniq = type: type;
  };

  mkOption =
    arguments:
    if arguments ? options then
      prev.mkOption (
        removeAttrs arguments [ "options" ]
        // {
          type = loaOf (prev.types.submodule (map asModule (prev.toList arguments.options)));
        }
      )
    else
      prev.mkOption arguments;
}
