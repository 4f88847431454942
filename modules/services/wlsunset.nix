{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "wlsunset";
  title = "wlsunset, which makes the screen warmer at night";
  description = "Day/night gamma adjustments for Wayland compositors.";
  session = "wayland";
  targetOption = "systemdTarget";
  needsWayland = true;

  options =
    let
      inherit (lib) mkOption types;

      number = types.either types.str (types.either types.float types.int);

      optional =
        type: example: description:
        mkOption {
          type = types.nullOr type;
          default = null;
          inherit example description;
        };

      temperature =
        default: when:
        mkOption {
          type = types.int;
          inherit default;
          description = "The colour temperature ${when}, in kelvin.";
        };
    in
    {
      latitude = optional number "-12.3" "The latitude, in degrees.";
      longitude = optional number "128.8" "The longitude, in degrees.";
      sunrise = optional types.str "06:30" "When the sun rises, in place of where you are.";
      sunset = optional types.str "18:00" "When the sun sets, in place of where you are.";
      duration = optional types.ints.positive 1800 "How long the change takes, in seconds.";
      output = optional types.str "DP-1" "The output that is changed, if not all of them are.";

      temperature = {
        day = temperature 6500 "by day";
        night = temperature 4000 "by night";
      };

      gamma = mkOption {
        type = number;
        default = 1.0;
        example = 0.6;
        description = "The gamma value.";
      };
    };

  command =
    cfg:
    "${lib.hm.options.binPath cfg.package "wlsunset"} ${
      lib.cli.toCommandLineShellGNU { } {
        t = cfg.temperature.night;
        T = cfg.temperature.day;
        g = cfg.gamma;
        l = cfg.latitude;
        L = cfg.longitude;
        S = cfg.sunrise;
        s = cfg.sunset;
        d = cfg.duration;
        o = cfg.output;
      }
    }";

  extraConfig =
    cfg:
    let
      byTime = cfg.sunrise != null || cfg.sunset != null;
      byPlace = cfg.latitude != null || cfg.longitude != null;
    in
    {
      assertions = [
        {
          assertion = byTime != byPlace;
          message = "Either `sunrise` and `sunset` together or `longitude` and `latitude` together must be set for wlsunset";
        }
        {
          assertion = (cfg.sunrise != null) == (cfg.sunset != null);
          message = "Both `sunset` and `sunrise` together must be set for wlsunset";
        }
        {
          assertion = (cfg.latitude != null) == (cfg.longitude != null);
          message = "Both `latitude and `longitude` together must be set for wlsunset";
        }
        {
          assertion = cfg.duration == null || (cfg.latitude == null && cfg.longitude == null);
          message = "Cannot set `duration` if `latitude` or `longitude` are set";
        }
      ];
    };
}
