{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "topgrade";
  title = "topgrade, which upgrades everything";

  files.settings = {
    format = "toml";
    xdg = "topgrade.toml";
    example.misc.disable = [ "sdkman" ];
  };
}
