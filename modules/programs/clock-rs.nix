{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "clock-rs";
  title = "clock-rs, a clock in the terminal";

  files.settings = {
    format = "toml";
    xdg = "clock-rs/conf.toml";
    darwin = "Library/Application Support/clock-rs/conf.toml";
    example.general.color = "magenta";
  };
}
