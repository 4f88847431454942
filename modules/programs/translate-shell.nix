{ lib, types, ... }:

let
  valueText =
    value:
    if lib.isBool value then
      lib.boolToString value
    else if lib.isList value then
      "[ ${lib.concatMapStringsSep " " valueText value} ]"
    else
      ''"${value}"'';
in
{
  title = "translate-shell, which translates text";
  docs = "https://github.com/soimort/translate-shell/wiki/Configuration";

  files.settings = {
    format = "text";
    type = types.attrsOf (
      types.oneOf [
        types.bool
        types.str
        (types.listOf types.str)
      ]
    );
    default = { };
    empty = { };
    text =
      settings:
      "{${
        lib.generators.toKeyValue { mkKeyValue = name: value: ":${name} ${valueText value}"; } settings
      }}";
    xdg = "translate-shell/init.trans";
    example = {
      verbose = true;
      tl = [
        "es"
        "fr"
      ];
    };
  };
}
