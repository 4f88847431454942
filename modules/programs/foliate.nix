{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };
  inherit (lib.hm.types) gvariant;
  path = "com/github/johnfactotum/Foliate";
in
{
  title = "Foliate, which shows books";
  docs = "https://github.com/johnfactotum/foliate";
  linuxOnly = true;

  options = {
    settings = option (types.attrsOf (types.either gvariant (types.attrsOf gvariant))) { } "Settings, as dconf has them." // {
      example.library.view-mode = "grid";
    };

    themes = option (types.attrsOf (
      types.oneOf [
        json.type
        types.str
        types.path
      ]
    )) { } "Themes by name: contents or files." // {
      example.mine.light.fg = "#89b4fa";
    };
  };

  config = {
    dconf.settings = lib.mapAttrs' (
      name: value:
      if lib.isAttrs value then
        lib.nameValuePair "${path}/${name}" value
      else
        lib.nameValuePair path { ${name} = value; }
    ) cfg.settings;

    xdg.configFile = lib.hm.files.inDirectory "com.github.johnfactotum.Foliate/themes" ".json" (
      name: theme: { source = lib.hm.files.fileOf pkgs json.generate "foliate-theme-${name}" theme; }
    ) cfg.themes;
  };
}
