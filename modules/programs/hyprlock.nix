{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.hyprlock;
in
{
  options.programs.hyprlock = {
    enable = lib.mkEnableOption "hyprlock, which locks the screen; the system has to allow it in PAM";

    package = lib.hm.options.packageOption pkgs "hyprlock" { nullable = true; };

    settings = mkOption {
      type = lib.hm.files.hyprconfType;
      default = { };
      example.general.hide_cursor = true;
      description = "Contents of {file}`$XDG_CONFIG_HOME/hypr/hyprlock.conf`.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of the file.";
    };

    sourceFirst = mkOption {
      type = types.bool;
      default = true;
      description = "Whether files that are sourced are above everything else.";
    };

    importantPrefixes = mkOption {
      type = types.listOf types.str;
      default = [
        "$"
        "bezier"
        "monitor"
        "size"
      ];
      description = "What the names of settings begin with that have to be above the others.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile."hypr/hyprlock.conf" = lib.mkIf (cfg.settings != { } || cfg.extraConfig != "") {
      text =
        lib.optionalString (cfg.settings != { }) (
          lib.hm.generators.toHyprconf {
            attrs = cfg.settings;
            importantPrefixes = cfg.importantPrefixes ++ lib.optional cfg.sourceFirst "source";
          }
        )
        + cfg.extraConfig;
    };
  };
}
