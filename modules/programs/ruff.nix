{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "ruff";
  title = "ruff, which checks and formats Python code";

  files.settings = {
    format = "toml";
    xdg = "ruff/ruff.toml";
    always = true;
    example.line-length = 100;
  };
}
