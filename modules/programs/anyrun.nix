{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  settings = cfg.config;

  numeric =
    default: description:
    option (types.submodule {
      options = {
        absolute = option (types.nullOr types.int) null "Pixels.";
        fraction = option (types.nullOr types.float) null "Part of the screen.";
      };
    }) default "${description}: `{ absolute = PIXELS; }`, or `{ fraction = PART; }` of the screen."
    // {
      example.fraction = 0.4;
    };

  numericText =
    value:
    if value.absolute != null then
      "Absolute(${toString value.absolute})"
    else
      "Fraction(${toString value.fraction})";

  assertNumeric = value: {
    assertion = value.absolute == null || value.fraction == null;
    message = "Invalid numeric definition, you can only specify one of absolute or fraction.";
  };

  capitalize =
    text:
    lib.toUpper (lib.substring 0 1 text) + lib.toLower (lib.substring 1 (lib.stringLength text - 1) text);

  pluginPath =
    plugin:
    if types.package.check plugin then
      "${plugin}/lib/lib${lib.replaceStrings [ "-" ] [ "_" ] plugin.pname}.so"
    else
      plugin;

  plugins = lib.optionals (settings.plugins != null) (map pluginPath settings.plugins);
  inherit (lib) boolToString;

  switch = option types.bool false;
in
{
  title = "anyrun, which starts programs";
  docs = "https://github.com/anyrun-org/anyrun#configuration";
  linuxOnly = true;

  options = {
    config = {
      plugins = option (types.nullOr (types.listOf (types.either types.package types.str))) null "Plugins: packages, or files of libraries.";
      x = numeric { fraction = 0.5; } "Horizontal place of the middle";
      y = numeric { fraction = 0.0; } "Vertical place of the top";
      width = numeric { absolute = 800; } "Width of the box";
      height = numeric { absolute = 0; } "Least height of the box";
      margin = option types.int 0 "Margin around the box.";
      hideIcons = switch "Whether icons are hidden.";
      ignoreExclusiveZones = switch "Whether panels can be covered.";
      layer = option (types.enum [
        "background"
        "bottom"
        "top"
        "overlay"
      ]) "overlay" "Layer of the window.";
      hidePluginInfo = switch "Whether the names of plugins are hidden.";
      closeOnClick = switch "Whether a click outside closes it.";
      showResultsImmediately = switch "Whether results are shown before anything is typed.";
      maxEntries = option (types.nullOr types.int) null "Greatest number of results.";
    };

    extraCss = option (types.nullOr types.lines) null "Style, as CSS.";

    extraConfigFiles = option types.attrs { } "Further files in {file}`$XDG_CONFIG_HOME/anyrun`, as for {option}`xdg.configFile`." // {
      example."applications.ron".text = "Config(desktop_actions: false)";
    };
  };

  config = {
    assertions = map assertNumeric [
      settings.width
      settings.height
      settings.x
      settings.y
    ];

    warnings = lib.optional (settings.plugins == null) ''
      You haven't enabled any plugins. Anyrun will not show any results, unless you specify plugins with the --override-plugins flag.
      Add plugins to programs.anyrun.config.plugins, or set it to [] to silence the warning.
    '';

    xdg.configFile = lib.mkMerge [
      (lib.mapAttrs' (name: lib.nameValuePair "anyrun/${name}") cfg.extraConfigFiles)
      {
        "anyrun/config.ron".text = ''
          Config(
            x: ${numericText settings.x},
            y: ${numericText settings.y},
            width: ${numericText settings.width},
            height: ${numericText settings.height},
            margin: ${toString settings.margin},
            hide_icons: ${boolToString settings.hideIcons},
            ignore_exclusive_zones: ${boolToString settings.ignoreExclusiveZones},
            layer: ${capitalize settings.layer},
            hide_plugin_info: ${boolToString settings.hidePluginInfo},
            close_on_click: ${boolToString settings.closeOnClick},
            show_results_immediately: ${boolToString settings.showResultsImmediately},
            max_entries: ${
              if settings.maxEntries == null then "None" else "Some(${toString settings.maxEntries})"
            },
            plugins: ${builtins.toJSON plugins},
          )
        '';
        "anyrun/style.css" = lib.mkIf (cfg.extraCss != null) { text = cfg.extraCss; };
      }
    ];
  };
}
