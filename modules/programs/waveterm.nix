{
  cfg,
  lib,
  option,
  pkgs,
  ...
}:

let
  json = pkgs.formats.json { };
  file = name: storeName: example: {
    format = "json";
    inherit storeName example;
    xdg = "waveterm/${name}.json";
  };
in
{
  title = "Wave, a terminal emulator";
  docs = "https://docs.waveterm.dev/config";

  files = {
    settings = file "settings" "waveterm-settings" { "term:fontsize" = 12.0; };
    themes = file "termthemes" "waveterm-themes" { default-dark.red = "#cc685c"; };
  };

  options.bookmarks = option json.type { } "Contents of {file}`$XDG_CONFIG_HOME/waveterm/bookmarks.json`. See <https://docs.waveterm.dev/config>." // {
    example."bookmark@nixos".url = "https://nixos.org";
  };

  config.xdg.configFile."waveterm/bookmarks.json" =
    lib.mkIf (cfg.settings != { } || cfg.bookmarks != { })
      {
        source = json.generate "waveterm-bookmarks" cfg.bookmarks;
      };
}
