{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  linesFile = lines: lib.mkIf (lines != [ ]) { text = lib.concatLines lines; };
in
{
  title = "Darcs, which keeps versions";
  docs = "https://darcs.net/Using/Configuration";

  options = {
    author = option (types.listOf types.str) [ ] "Authors: names with addresses." // {
      example = [ "Alice <alice@example.net>" ];
    };
    boring = option (types.listOf types.str) [ ] "Regular expressions of files to ignore." // {
      example = [ "^.idea$" ];
    };
    defaults = option (types.nullOr types.lines) "" "Default options of commands." // {
      example = ''
        ALL ignore-times
      '';
    };
  };

  config.home.file = {
    ".darcs/author" = linesFile cfg.author;
    ".darcs/boring" = linesFile cfg.boring;
    ".darcs/defaults" = lib.mkIf (cfg.defaults != null) { text = cfg.defaults; };
  };
}
