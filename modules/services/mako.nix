{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.services.mako;

  atom = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
    ]
  );

  lines =
    settings:
    lib.concatStringsSep "\n" (
      lib.mapAttrsToList (
        name: value: "${name}=${if lib.isBool value then lib.boolToString value else toString value}"
      ) settings
    );

  isSection = _name: lib.isAttrs;
  sections = lib.filterAttrs isSection cfg.settings;

  # Options of old, which were named as their settings are in another style.
  former = [
    "maxVisible"
    "maxHistory"
    "sort"
    "output"
    "layer"
    "anchor"
    "font"
    "backgroundColor"
    "textColor"
    "width"
    "height"
    "margin"
    "padding"
    "borderSize"
    "borderColor"
    "borderRadius"
    "progressColor"
    "icons"
    "maxIconSize"
    "iconPath"
    "markup"
    "actions"
    "format"
    "defaultTimeout"
    "ignoreTimeout"
    "groupBy"
  ];

  removed =
    name:
    lib.mkRemovedOptionModule [
      "services"
      "mako"
      name
    ] "Use services.mako.settings instead. If order is important, use `services.mako.extraConfig`.";
in
{
  imports =
    map removed [
      "criterias"
      "criteria"
    ]
    ++ lib.hm.deprecations.mkSettingsRenamedOptionModules [ "services" "mako" ] [
      "services"
      "mako"
      "settings"
    ] { transform = lib.hm.strings.toKebabCase; } former;

  options.services.mako = {
    enable = lib.mkEnableOption "mako, which shows notifications";

    package = lib.hm.options.packageOption pkgs "mako" { nullable = true; };

    settings = mkOption {
      type = types.attrsOf (types.either atom (types.attrsOf atom));
      default = { };
      example = {
        anchor = "top-right";
        "actionable=true".anchor = "top-left";
      };
      description = ''
        Contents of {file}`$XDG_CONFIG_HOME/mako/config`. A set is a section with criteria, in the order of
        their names.
      '';
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of the file, for sections that have an order.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [ (lib.hm.assertions.assertPlatform "services.mako" pkgs lib.platforms.linux) ];

    home.packages = lib.optional (cfg.package != null) cfg.package;
    dbus.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile."mako/config" = mkIf (cfg.settings != { } || cfg.extraConfig != "") {
      onChange = "${lib.hm.options.programPath' cfg.package "makoctl"} reload || true";
      text = lib.mkMerge [
        (lines (removeAttrs cfg.settings (lib.attrNames sections)))
        (mkIf (sections != { }) (
          lib.concatStringsSep "\n" (
            lib.mapAttrsToList (name: settings: "\n[${name}]\n${lines settings}") sections
          )
        ))
        (mkIf (cfg.extraConfig != "") "\n${cfg.extraConfig}")
      ];
    };
  };
}
