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
  json = pkgs.formats.json { };

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin then "Library/Application Support" else config.xdg.configHome;
in
{
  title = "Discord, for chats";
  docs = "https://support.discord.com/";

  options = {
    configName = option types.str "discord" "Name of the directory of the configuration, which other editions have too." // {
      example = "discordptb";
    };

    settings = option (types.submodule {
      freeformType = json.type;
      options = {
        SKIP_HOST_UPDATE = option types.bool true "Whether Discord starts although there is an update." // {
          example = false;
        };
        DANGEROUS_ENABLE_DEVTOOLS_ONLY_ENABLE_IF_YOU_KNOW_WHAT_YOURE_DOING =
          option types.bool false "Whether the developer tools can be opened."
          // {
            example = true;
          };
      };
    }) { } "Contents of {file}`settings.json`." // {
      example.DANGEROUS_ENABLE_DEVTOOLS_ONLY_ENABLE_IF_YOU_KNOW_WHAT_YOURE_DOING = true;
    };
  };

  config.home.file."${directory}/${cfg.configName}/settings.json".source =
    json.generate "discord-settings" cfg.settings;
}
