{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "abaddon";
  title = "abaddon, a client for Discord";

  files.settings = {
    format = "ini";
    xdg = "abaddon/abaddon.ini";
    example.network.concurrent = 4;
  };
}
