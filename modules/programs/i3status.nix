{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  settings = types.attrsOf (
    types.oneOf [
      types.bool
      types.int
      types.str
    ]
  );

  valueText =
    value:
    if lib.isBool value then
      lib.boolToString value
    else if lib.isString value then
      ''"${value}"''
    else
      toString value;

  section = name: values: ''
    ${name} {
      ${lib.concatStringsSep "\n  " (
        lib.mapAttrsToList (key: value: "${key} = ${valueText value}") values
      )}
    }
  '';

  modules = lib.filterAttrs (_name: module: module.enable) cfg.modules;
  ordered = lib.sort (a: b: modules.${a}.position < modules.${b}.position) (lib.attrNames modules);

  # A module of the default bar.
  standard = position: values: {
    position = lib.mkDefault position;
    settings = lib.mapAttrs (_name: lib.mkDefault) values;
  };
in
{
  title = "i3status, which makes the text of status bars";
  docs = "https://i3wm.org/docs/i3status.html";

  options = {
    enableDefault = option types.bool true "Whether the default modules and settings are there.";

    general = option settings { } "Settings of the section `general`." // {
      example = {
        colors = true;
        color_good = "#e0e0e0";
      };
    };

    modules =
      option (types.attrsOf (
        types.submodule {
          options = {
            enable = option types.bool true "Whether the module is shown.";
            position = lib.mkOption {
              type = types.either types.int types.float;
              description = "Place of the module: those with a lower number come first.";
            };
            settings = option settings { } "Settings of the module. See <https://i3wm.org/docs/i3status.html#_modules>." // {
              example.format = "♪ %volume";
            };
          };
        }
      )) { } "Modules of the bar."
      // {
        example."volume master" = {
          position = 1;
          settings.device = "pulse:1";
        };
      };
  };

  config = {
    programs.i3status = lib.mkIf cfg.enableDefault {
      general = {
        colors = lib.mkDefault true;
        interval = lib.mkDefault 5;
      };

      modules = {
        ipv6 = standard 1 { };
        "wireless _first_" = standard 2 {
          format_up = "W: (%quality at %essid) %ip";
          format_down = "W: down";
        };
        "ethernet _first_" = standard 3 {
          format_up = "E: %ip (%speed)";
          format_down = "E: down";
        };
        "battery all" = standard 4 { format = "%status %percentage %remaining"; };
        "disk /" = standard 5 { format = "%avail"; };
        load = standard 6 { format = "%1min"; };
        memory = standard 7 {
          format = "%used | %available";
          threshold_degraded = "1G";
          format_degraded = "MEMORY < %available";
        };
        "tztime local" = standard 8 { format = "%Y-%m-%d %H:%M:%S"; };
      };
    };

    xdg.configFile."i3status/config".text = lib.concatStringsSep "\n" (
      lib.optional (cfg.general != { }) (section "general" cfg.general)
      ++ map (name: ''order += "${name}"'') ordered
      ++ lib.mapAttrsToList (name: module: section name module.settings) modules
    );
  };
}
