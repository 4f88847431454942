{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "hyprshot";
  title = "Hyprshot, which takes screenshots under Hyprland";
  linuxOnly = true;

  options.saveLocation = lib.mkOption {
    type = lib.types.nullOr lib.types.str;
    default = null;
    example = "$HOME/Pictures/Screenshots";
    description = "Where screenshots are saved.";
  };

  extraConfig = cfg: {
    home.sessionVariables = lib.mkIf (cfg.saveLocation != null) { HYPRSHOT_DIR = cfg.saveLocation; };
  };
}
