{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  inherit (pkgs.stdenv.hostPlatform) isDarwin;
  support = "Library/Application Support";
  configHome = if isDarwin then support else config.xdg.configHome;
  dataHome = if isDarwin then support else config.xdg.dataHome;

  settingsType = types.attrsOf (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
      (types.listOf (
        types.oneOf [
          types.int
          types.float
          types.str
        ]
      ))
    ]
  );

  line =
    name: value:
    if lib.isBool value then
      lib.optionalString value name
    else
      lib.concatMapStringsSep "\n" (item: "${name}=${toString item}") (lib.toList value);

  file =
    settings:
    lib.mkIf (settings != { }) {
      text = lib.concatLines (lib.remove "" (lib.mapAttrsToList line settings));
    };

  plugin.options = {
    src = option (types.nullOr (types.either types.path types.lines)) null "The plugin: a file or its contents." // {
      example = lib.literalExpression "./custom_plugin.py";
    };
    settings = option settingsType { } "Settings for the plugin." // {
      example.quiet = true;
    };
  };
in
{
  title = "Streamlink, which plays streams of sites";
  docs = "https://streamlink.github.io/cli/config.html";

  options = {
    settings = option settingsType { } "Settings. See <https://streamlink.github.io/cli.html>." // {
      example = {
        player = "mpv";
        player-no-close = true;
      };
    };

    plugins = option (types.attrsOf (types.submodule plugin)) { } "Plugins by name, and settings for them. See <https://streamlink.github.io/cli/plugin-sideloading.html>." // {
      example.twitch.settings.quiet = true;
    };
  };

  config.home.file = {
    "${configHome}/streamlink/config" = file cfg.settings;
  }
  // lib.mapAttrs' (
    name: plugin: lib.nameValuePair "${configHome}/streamlink/config.${name}" (file plugin.settings)
  ) cfg.plugins
  // lib.hm.files.inDirectory "${dataHome}/streamlink/plugins" ".py" (
    _name: plugin:
    lib.mkIf (plugin.src != null) (
      if lib.isPath plugin.src then { source = plugin.src; } else { text = plugin.src; }
    )
  ) cfg.plugins;
}
