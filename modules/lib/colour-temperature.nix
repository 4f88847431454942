# The module of Redshift and its relatives, which make the screen warmer at night.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  # The name of the service and of the package.
  name,

  # What the program calls itself, and the address of its manual.
  title,
  docs,

  # The section of the settings that are not those of a method.
  section,

  # The program with an icon in the tray.
  applet,

  # The configuration, below $XDG_CONFIG_HOME.
  file,
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) option;

  cfg = config.services.${name};

  format = pkgs.formats.ini { };

  maybe =
    type: example: description:
    option (types.nullOr type) null description // lib.optionalAttrs (example != null) { inherit example; };

  place = types.either types.str types.float;

  geoclue = lib.optional (cfg.provider == "geoclue2") "geoclue-agent.service";

  renamed =
    from: to:
    lib.mkRenamedOptionModule ([ "services" name ] ++ from) [
      "services"
      name
      "settings"
      section
      to
    ];
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" name "extraOptions" ]
      "All ${title} configuration is now available through services.${name}.settings instead."
    )
    (renamed [ "brightness" "day" ] "brightness-day")
    (renamed [ "brightness" "night" ] "brightness-night")
  ];

  options.services.${name} = {
    enable = lib.mkEnableOption "${title}, which makes the screen warmer at night";

    dawnTime = maybe types.str "6:00-7:45" "When the night ends, if it is not known from the place: a time or a span.";
    duskTime = maybe types.str "18:35-20:15" "When the night begins, if it is not known from the place: a time or a span.";
    latitude = maybe place null "The latitude in degrees, from -90 to 90.";
    longitude = maybe place null "The longitude in degrees, from -180 to 180.";

    provider = option (types.enum [
      "manual"
      "geoclue2"
    ]) "manual" "Where the place is known from: these options, or Geoclue, which the system runs.";

    temperature = {
      day = option types.int 5500 "The colour temperature by day, in kelvin from 1000 to 25000.";
      night = option types.int 3700 "The colour temperature at night, in kelvin from 1000 to 25000.";
    };

    package = lib.hm.options.packageOption pkgs name { };

    enableVerboseLogging = lib.mkEnableOption "messages about all that it does";

    tray = option types.bool false "Whether there is an icon in the tray." // {
      example = true;
    };

    settings = mkOption {
      type = types.submodule { freeformType = format.type; };
      default = { };
      example = lib.literalExpression ''
        { ${section}.adjustment-method = "randr"; }
      '';
      description = "Contents of {file}`$XDG_CONFIG_HOME/${file}`. See <${docs}>.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "services.${name}" pkgs lib.platforms.linux)
      {
        assertion =
          cfg.settings ? ${section}.dawn-time
          || cfg.settings ? ${section}.dusk-time
          || cfg.settings.${section}.location-provider == "geoclue2"
          || (
            cfg.settings.${section}.location-provider == "manual"
            && (cfg.settings ? manual.lat || cfg.settings ? manual.lon)
          );
        message = ''
          In order for ${title} to know the time of action, you need to set one of
            - services.${name}.provider = "geoclue2" for automatically inferring your location
              (you also need to enable Geoclue2 service separately)
            - services.${name}.longitude and .latitude for specifying your location manually
            - services.${name}.dawnTime and .duskTime for specifying the times manually
        '';
      }
    ];

    services.${name}.settings = {
      ${section} = {
        temp-day = cfg.temperature.day;
        temp-night = cfg.temperature.night;
        location-provider = cfg.provider;
        dawn-time = mkIf (cfg.dawnTime != null) cfg.dawnTime;
        dusk-time = mkIf (cfg.duskTime != null) cfg.duskTime;
      };
      manual = mkIf (cfg.provider == "manual") {
        lat = mkIf (cfg.latitude != null) (toString cfg.latitude);
        lon = mkIf (cfg.longitude != null) (toString cfg.longitude);
      };
    };

    xdg.configFile.${file}.source = format.generate file cfg.settings;

    home.packages = mkIf (cfg.package != null) [ cfg.package ];

    systemd.user.services.${name} = {
      Unit = {
        Description = "${title} colour temperature adjuster";
        Documentation = docs;
        After = [ "graphical-session.target" ] ++ lib.optional cfg.tray "tray.target" ++ geoclue;
        Wants = geoclue;
        Requires = mkIf cfg.tray "tray.target";
        PartOf = [ "graphical-session.target" ];
      };
      Service = {
        ExecStart =
          "${lib.hm.options.binPath cfg.package (if cfg.tray then applet else name)} "
          + lib.cli.toCommandLineShellGNU { } {
            v = cfg.enableVerboseLogging;
            c = "${config.xdg.configHome}/${file}";
          };
        RestartSec = 3;
        Restart = "on-failure";
      };
      Install.WantedBy = [ "graphical-session.target" ];
    };
  };
}
