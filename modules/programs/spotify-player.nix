{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };
  listOption = example: page: description: option (types.listOf toml.type) [ ] "${description} See <https://github.com/aome510/spotify-player/blob/master/docs/config.md#${page}>." // {
    inherit example;
  };
in
{
  title = "spotify-player, a client of Spotify for the terminal";
  docs = "https://github.com/aome510/spotify-player/blob/master/docs/config.md";

  files.settings = {
    format = "toml";
    storeName = "spotify-player-app";
    xdg = "spotify-player/app.toml";
    example.playback_window_position = "Top";
  };

  options = {
    themes = listOption [ { name = "mine"; } ] "themes" "Themes.";
    keymaps = listOption [
      {
        command = "NextTrack";
        key_sequence = "g n";
      }
    ] "keymaps" "Key bindings.";
    actions = listOption [
      {
        action = "GoToArtist";
        key_sequence = "g A";
      }
    ] "actions" "Key bindings of actions. They are written if there are `keymaps`.";
  };

  config.xdg.configFile = {
    "spotify-player/theme.toml" = lib.mkIf (cfg.themes != [ ]) {
      source = toml.generate "spotify-player-theme" { inherit (cfg) themes; };
    };
    "spotify-player/keymap.toml" = lib.mkIf (cfg.keymaps != [ ]) {
      source = toml.generate "spotify-player-keymap" { inherit (cfg) keymaps actions; };
    };
  };
}
