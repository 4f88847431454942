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
  toml = pkgs.formats.toml { };
  contents =
    value: if lib.isPath value || lib.isStorePath value then { source = value; } else { text = value; };
in
{
  title = "jjui, Jujutsu in the terminal";
  docs = "https://idursun.github.io/jjui/customization/config-toml/";

  options = {
    configDir = option types.str "${config.xdg.configHome}/jjui" "Directory of the configuration, in {env}`JJUI_CONFIG_DIR`." // {
      defaultText = lib.literalExpression "\${config.xdg.configHome}/jjui";
      example = lib.literalExpression ''"''${config.home.homeDirectory}/.jjui"'';
    };

    settings = option toml.type { } "Contents of {file}`config.toml`. See <https://idursun.github.io/jjui/customization/config-toml/>." // {
      example.revisions.template = "builtin_log_compact";
    };

    configLua = option (types.nullOr (types.either types.path types.lines)) null "Contents of {file}`config.lua`, or a file." // {
      example = ''
        function setup(config)
        end
      '';
    };

    plugins = option (types.attrsOf (
      types.oneOf [
        types.path
        types.lines
      ]
    )) { } "Lua files by the name that `require(\"plugins.NAME\")` has for them: contents or files." // {
      example = lib.literalExpression "{ foo = ./foo.lua; }";
    };
  };

  config.home = {
    file =
      lib.hm.files.inDirectory "${cfg.configDir}/plugins" ".lua" (_name: contents) cfg.plugins
      // {
        "${cfg.configDir}/config.toml" = lib.mkIf (cfg.settings != { }) {
          source = toml.generate "jjui-config" cfg.settings;
        };
        "${cfg.configDir}/config.lua" = lib.mkIf (cfg.configLua != null) (contents cfg.configLua);
      };

    sessionVariables.JJUI_CONFIG_DIR = cfg.configDir;
  };
}
