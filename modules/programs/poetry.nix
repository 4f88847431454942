{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "poetry";
  title = "poetry, a manager of Python packages";

  files.settings = {
    format = "toml";
    xdg = "pypoetry/config.toml";
    darwin = "Library/Application Support/pypoetry/config.toml";
    example.virtualenvs.in-project = true;
  };
}
