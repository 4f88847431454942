{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "git-cliff";
  title = "git-cliff, which writes change logs";

  files.settings = {
    format = "toml";
    xdg = "git-cliff/cliff.toml";
  };
}
