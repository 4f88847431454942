{ config, lib, ... }:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.gtk.gtk2;

  shared = import ./settings.nix { inherit lib; };

  valueText =
    value:
    if lib.isBool value then
      lib.boolToString value
    else if lib.isString value then
      ''"${value}"''
    else
      toString value;

  settings = lib.mapAttrsToList (name: value: "${lib.escape [ "=" ] name} = ${valueText value}\n") (
    shared.settingsOf 2 cfg
  );
in
{
  options.gtk.gtk2 = {
    enable = mkOption {
      type = types.bool;
      default = true;
      example = false;
      description = "Whether there are settings for GTK 2.";
    };

    force = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether a file that is in the way is replaced.";
    };

    configLocation = mkOption {
      type = types.path;
      default =
        if config.home.preferXdgDirectories then
          "${config.xdg.configHome}/gtk-2.0/gtkrc"
        else
          "${config.home.homeDirectory}/.gtkrc-2.0";
      defaultText = lib.literalMD ''
        {file}`~/.gtkrc-2.0`, or {file}`$XDG_CONFIG_HOME/gtk-2.0/gtkrc` with
        {option}`home.preferXdgDirectories`
      '';
      description = "The file with the settings.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "gtk-can-change-accels = 1";
      description = "Further lines of the file.";
    };
  }
  // shared.options {
    version = "2";
    general = config.gtk;
    without = [ "colorScheme" ];
  };

  config = mkIf (config.gtk.enable && cfg.enable) {
    home.file.${cfg.configLocation} = {
      inherit (cfg) force;
      text = lib.concatStrings settings + cfg.extraConfig + "\n";
    };

    home.sessionVariables.GTK2_RC_FILES = cfg.configLocation;
  };
}
