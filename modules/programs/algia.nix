{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "algia";
  title = "algia, a client for Nostr";

  files.settings = {
    format = "json";
    xdg = "algia/config.json";
    darwin = ".config/algia/config.json";
  };
}
