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
    type = lib.types.submodule { freeformType = (pkgs.formats.toml { }).type; };
    xdg = "comodoro/config.toml";
    always = true;
  };
}
