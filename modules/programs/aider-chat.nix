{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "aider-chat";
  title = "aider, an assistant for programming in the terminal";

  files.settings = {
    format = "yaml";
    home = ".aider.conf.yml";
    example.dark-mode = true;
  };
}
