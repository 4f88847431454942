{ lib, types, ... }:

let
  isColor = text: builtins.match "[0-9a-fA-F]{6}([0-9a-fA-F]{2})?" text != null;

  valueText =
    value:
    if !lib.isString value then
      lib.generators.mkValueStringDefault { } value
    else if isColor value then
      "0x${lib.toUpper value}"
    else
      ''"${value}"'';
in
{
  title = "Wayprompt, which asks for passwords on Wayland";
  docs = "https://git.sr.ht/~leon_plickat/wayprompt";
  linuxOnly = true;

  files.settings = {
    format = "ini";
    generator.mkKeyValue = lib.generators.mkKeyValueDefault {
      mkValueString = value: "${valueText value};";
    } " = ";
    xdg = "wayprompt/config.ini";
    example.general.font-regular = "sans:size=14";
  };
}
