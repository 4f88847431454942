{
  bin,
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

{
  title = "SwayOSD, which shows the volume and the like";
  docs = "https://github.com/ErikReider/SwayOSD";
  linuxOnly = true;

  removed.display = "The --display flag is no longer available in swayosd-server.";

  options = {
    topMargin =
      option
        (types.nullOr (
          types.addCheck types.float (value: value >= 0.0 && value <= 1.0)
          // {
            description = "float between 0.0 and 1.0 (inclusive)";
          }
        ))
        null
        "How far below the top it is, as a part of the screen."
      // {
        example = 1.0;
      };
    stylePath = option (types.nullOr types.path) null "The style sheet." // {
      example = "/etc/xdg/swayosd/style.css";
    };
  };

  unit =
    lib.recursiveUpdate
      (lib.hm.services.unitOf config.wayland.systemd.target "Volume/backlight OSD indicator" {
        Type = "simple";
        ExecStart =
          bin "swayosd-server"
          + lib.optionalString (cfg.stylePath != null) " --style ${lib.escapeShellArg cfg.stylePath}"
          + lib.optionalString (cfg.topMargin != null) " --top-margin ${toString cfg.topMargin}";
        Restart = "always";
        RestartSec = "2s";
      })
      {
        Unit = {
          ConditionEnvironment = "WAYLAND_DISPLAY";
          Documentation = "man:swayosd(1)";
          StartLimitBurst = 5;
          StartLimitIntervalSec = 10;
        };
      };
}
