{
  lib,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };

  file = name: example: {
    format = "toml";
    type = types.submodule { freeformType = toml.type; };
    storeName = "concord-${name}.toml";
    xdg = "concord/${name}.toml";
    inherit example;
  };
in
{
  title = "concord, a client of Discord for the terminal";
  docs = "https://github.com/chojs23/concord";
  package = "concord-tui";

  files = {
    settings = file "config" { };
    keymapSettings = file "keymap" { } // {
      prepare = keymap: { inherit keymap; };
    };
    themeSettings = file "theme" { };
  };
}
