{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "mistral-vibe";
  title = "Mistral Vibe, an assistant for programming";

  files.settings = {
    format = "toml";
    home = ".vibe/config.toml";
    always = true;
  };
}
