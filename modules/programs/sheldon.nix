{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "sheldon";
  title = "sheldon, a manager of plugins for shells";

  files.settings = {
    format = "toml";
    xdg = "sheldon/plugins.toml";
  };

  shells = {
    bash = _cfg: ''
      eval "$(sheldon source)"
    '';
    fish = _cfg: ''
      eval "$(sheldon source)"
    '';
    zsh = _cfg: ''
      eval "$(sheldon source)"
    '';
  };
}
