{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  # Lua looks for a directory with the name of the plugin.
  directoryOf =
    name: plugin:
    if lib.isStorePath plugin then
      pkgs.symlinkJoin {
        inherit name;
        paths = [ plugin ];
        postBuild = ''
          mkdir '${name}'
          mv $out/* '${name}/'
          mv '${name}' $out/
        '';
      }
    else
      dirOf plugin;

  searchPath = lib.concatStringsSep ";" (
    lib.mapAttrsToList (
      name: plugin:
      let
        directory = directoryOf name plugin;
      in
      "${directory}/?/init.lua;${directory}/?.lua"
    ) cfg.plugins
  );
in
{
  title = "xplr, a file manager for the terminal";
  docs = "https://xplr.dev/en/configuration";

  options = {
    plugins = option (types.nullOr (types.attrsOf (types.either types.package types.str))) { } "Plugins by name: packages, or paths. See <https://xplr.dev/en/installing-plugins>." // {
      defaultText = lib.literalExpression "{ }";
      example = lib.literalExpression ''
        { wl-clipboard = builtins.fetchGit "https://github.com/sayanarijit/wl-clipboard.xplr"; }
      '';
    };

    extraConfig = option types.lines "" "Further lines of {file}`$XDG_CONFIG_HOME/xplr/init.lua`." // {
      example = ''
        require("wl-clipboard").setup { keep_selection = true }
      '';
    };
  };

  config.xdg.configFile."xplr/init.lua".source = pkgs.writeText "init.lua" (
    lib.optionalString (cfg.package != null) ''
      version = '${cfg.package.version}'
    ''
    + (
      if cfg.plugins != { } then
        ''
          package.path = "${searchPath};" .. package.path
        ''
      else
        "\n"
    )
    + cfg.extraConfig
  );
}
