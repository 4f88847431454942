{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "twitch-tui";
  title = "twitch-tui, a client for the chat of Twitch";

  files.settings = {
    format = "toml";
    xdg = "twt/config.toml";
  };
}
