{ lib, types, ... }:

{
  title = "onedrive, a client of OneDrive";
  docs = "https://github.com/abraunegg/onedrive/blob/master/docs/application-config-options.md";
  linuxOnly = true;

  files.settings = {
    format = "text";
    type = types.attrsOf types.str;
    default = { };
    empty = { };
    text = lib.generators.toKeyValue { mkKeyValue = name: value: ''${name} = "${value}"''; };
    xdg = "onedrive/config";
    example.check_nosync = "false";
  };
}
