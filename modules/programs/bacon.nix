{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "bacon";
  title = "bacon, which checks Rust code in the background";

  files.settings = {
    format = "toml";
    xdg = "bacon/prefs.toml";
    darwin = "Library/Application Support/org.dystroy.bacon/prefs.toml";
    example.jobs.default = {
      command = [
        "cargo"
        "build"
      ];
      need_stdout = true;
    };
  };
}
