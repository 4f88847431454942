{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "wleave, a menu that ends the session";
  docs = "https://github.com/AMNatty/wleave";
  linuxOnly = true;

  options = {
    settings = option (pkgs.formats.json { }).type { } "Settings and buttons. See {manpage}`wleave(5)`." // {
      example.margin = 200;
    };

    style = option (types.nullOr (types.either types.path types.lines)) null "Style, as CSS or a file of it." // {
      example = ''
        window { background-color: rgba(12, 12, 12, 0.8); }
      '';
    };
  };

  config.xdg.configFile = {
    "wleave/layout.json" = lib.mkIf (cfg.settings != { }) {
      source = pkgs.writeText "wleave-layout.json" (builtins.toJSON cfg.settings + "\n");
    };

    "wleave/style.css" = lib.mkIf (cfg.style != null) {
      source =
        if lib.isPath cfg.style || lib.isStorePath cfg.style then
          cfg.style
        else
          pkgs.writeText "wleave-style.css" cfg.style;
    };
  };
}
