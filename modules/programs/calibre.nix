{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "calibre, which manages books";
  docs = "https://manual.calibre-ebook.com/";

  options.plugins = option (types.listOf types.path) [ ] "Packages of plugins, which have them at their root.";

  # The names of the plugins are only known once they are built.
  config.xdg.configFile = lib.mkIf (cfg.plugins != [ ]) (
    let
      plugins = pkgs.symlinkJoin {
        name = "calibre-plugins";
        paths = cfg.plugins;
      };
    in
    lib.hm.files.inDirectory "calibre/plugins" "" (name: _kind: { source = "${plugins}/${name}"; }) (
      builtins.readDir plugins
    )
  );
}
