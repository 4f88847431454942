{
  bin,
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };
in
{
  title = "dwm-status, which writes the status of dwm's bar";
  docs = "https://github.com/Gerschtli/dwm-status";
  linuxOnly = true;
  installed = null;
  packageOption.example = "pkgs.dwm-status.override { enableAlsaUtils = false; }";

  options = {
    order = lib.mkOption {
      type = types.listOf (
        types.enum [
          "audio"
          "backlight"
          "battery"
          "cpu_load"
          "network"
          "time"
        ]
      );
      example = [
        "battery"
        "time"
      ];
      description = "What is shown, in order.";
    };
    extraConfig = option json.type { } "Further settings. See <https://github.com/Gerschtli/dwm-status#configuration>." // {
      example.separator = " | ";
    };
  };

  unit = {
    Unit = {
      Description = "DWM status service";
      PartOf = [ "graphical-session.target" ];
    };
    Service.ExecStart = "${bin "dwm-status"} ${
      json.generate "dwm-status.json" ({ inherit (cfg) order; } // cfg.extraConfig)
    } --quiet";
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
