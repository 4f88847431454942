{
  lib,
  pkgs,
  types,
  ...
}:

let
  file = name: example: {
    format = "text";
    inherit ((pkgs.formats.ini { })) type;
    default = { };
    empty = { };
    text = lib.generators.toINI { };
    xdg = "mc/${name}";
    inherit example;
  };
in
{
  title = "Midnight Commander, a file manager for the terminal";
  docs = "https://midnight-commander.org/";

  files = {
    settings = file "ini" { Panels.show_dot_files = false; };
    keymapSettings = file "mc.keymap" { panel.Up = "up;ctrl-k"; };
    extensionSettings = file "mc.ext.ini" { EPUB.Open = "fbreader %f &"; };
    panelsSettings = file "panels.ini" { Dirs.other_dir = "/home"; };
    fileHighlightSettings = file "filehighlight.ini" { lua.extensions = "lua;luac"; };
  };
}
