{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "comodoro";
  title = "Comodoro, a timer";

  files.settings = {
    format = "toml";
    xdg = "comodoro/config.toml";
    always = true;
  };
}
