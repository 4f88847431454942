{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "mypy";
  title = "mypy, which checks the types of Python code";

  files.settings = {
    format = "ini";
    xdg = "mypy/config";
    example.mypy.strict = true;
  };
}
