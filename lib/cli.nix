# Command lines from attribute sets of options.
{ lib }:

let
  inherit (builtins)
    concatLists
    concatMap
    isBool
    isList
    stringLength
    ;
  inherit (lib.attrsets) mapAttrsToList;
  inherit (lib.strings) escapeShellArgs;

  valueString = lib.generators.mkValueStringDefault { };

  # `format` says for each name how it is spelled: `option`, `sep` between it and its value
  # (null: two words), `explicitBool` if true and false are values too, and `formatArg`.
  toCommandLine =
    format: attrs:
    let
      words =
        name: value:
        let
          form = format name;
          formatted = (form.formatArg or valueString) value;
        in
        if value == null || (!form.explicitBool && value == false) then
          [ ]
        else if !form.explicitBool && value == true then
          [ form.option ]
        else if form.sep == null then
          [
            form.option
            formatted
          ]
        else
          [ "${form.option}${form.sep}${formatted}" ];
      render =
        name: value:
        if name == "" then
          throw "lib.cli.toCommandLine only accepts non-empty option names."
        else if isList value then
          concatMap (words name) value
        else
          words name value;
    in
    concatLists (mapAttrsToList render attrs);

  toCommandLineGNU =
    {
      isLong ? (name: stringLength name > 1),
      explicitBool ? false,
      formatArg ? valueString,
    }:
    toCommandLine (
      name:
      {
        inherit explicitBool formatArg;
      }
      // (
        if isLong name then
          {
            option = "--${name}";
            sep = "=";
          }
        else
          {
            option = "-${name}";
            sep = "";
          }
      )
    );

  toGNUCommandLine =
    {
      mkOptionName ? (name: if stringLength name == 1 then "-${name}" else "--${name}"),
      mkBool ? (name: value: lib.lists.optional value (mkOptionName name)),
      mkList ? (name: concatMap (mkOption name)),
      mkOption ? (
        name: value:
        if value == null then
          [ ]
        else if optionValueSeparator == null then
          [
            (mkOptionName name)
            (valueString value)
          ]
        else
          [ "${mkOptionName name}${optionValueSeparator}${valueString value}" ]
      ),
      optionValueSeparator ? null,
    }:
    attrs:
    concatLists (
      mapAttrsToList (
        name: value:
        if isBool value then
          mkBool name value
        else if isList value then
          mkList name value
        else
          mkOption name value
      ) attrs
    );
in
{
  inherit toCommandLine toCommandLineGNU toGNUCommandLine;

  toCommandLineShell = format: attrs: escapeShellArgs (toCommandLine format attrs);
  toCommandLineShellGNU = options: attrs: escapeShellArgs (toCommandLineGNU options attrs);
  toGNUCommandLineShell = options: attrs: escapeShellArgs (toGNUCommandLine options attrs);
}
