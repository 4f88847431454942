{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "lazydocker";
  title = "lazydocker, containers in the terminal";

  files.settings = {
    format = "yaml";
    xdg = "lazydocker/config.yml";
    darwin =
      if config.xdg.enable then
        "${config.xdg.configHome}/lazydocker/config.yml"
      else
        "Library/Application Support/jesseduffield/lazydocker/config.yml";

    # The program of its own default is no longer installed anywhere.
    default.commandTemplates.dockerCompose = "docker compose";
  };
}
