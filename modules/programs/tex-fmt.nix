{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "tex-fmt";
  title = "tex-fmt, a formatter of LaTeX";

  files.settings = {
    format = "toml";
    xdg = "tex-fmt/tex-fmt.toml";
    darwin = "Library/Application Support/tex-fmt/tex-fmt.toml";
  };
}
