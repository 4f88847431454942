{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.waybar;

  jsonFormat = pkgs.formats.json { };

  optional =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  modules = where: optional (types.listOf types.str) "The modules ${where}.";
  margin = side: optional types.int "The margin ${side}.";

  # What waybar does not understand is not asked for by an option either, but by anything.
  bar = types.submodule {
    freeformType = jsonFormat.type;
    options = {
      name = optional types.str "What style sheets call the bar.";
      layer = optional (types.enum [
        "top"
        "bottom"
        "overlay"
      ]) "Whether windows are below the bar or above it.";
      output = optional (types.either types.str (
        types.listOf types.str
      )) "The outputs that show the bar.";
      position = optional (types.enum [
        "top"
        "bottom"
        "left"
        "right"
      ]) "Where on the output it is.";
      height = optional types.ints.unsigned "The height; if null, as much as is needed.";
      width = optional types.ints.unsigned "The width; if null, as much as is needed.";
      modules-left = modules "at the left";
      modules-center = modules "in the middle";
      modules-right = modules "at the right";
      margin = optional types.str "The margins, in the manner of CSS.";
      margin-left = margin "at the left";
      margin-right = margin "at the right";
      margin-top = margin "above";
      margin-bottom = margin "below";
      gtk-layer-shell = optional types.bool "Whether the protocol for layers is used.";

      modules = mkOption {
        inherit (jsonFormat) type;
        default = null;
        visible = false;
        description = "Settings of modules, which can as well be beside the others.";
      };
    };
  };

  bars = if lib.isAttrs cfg.settings then lib.attrValues cfg.settings else cfg.settings;

  cleaned =
    bar:
    lib.filterAttrs (_name: value: value != null) (
      removeAttrs bar [ "modules" ] // lib.optionalAttrs (bar.modules != null) bar.modules
    );

  # A waybar that systemd does not know is told by a signal.
  reload = mkIf (!cfg.systemd.enable) ''
    ${pkgs.procps}/bin/pkill -u $USER -USR2 waybar || true
  '';

  targets = [ "tray.target" ] ++ cfg.systemd.targets;
in
{
  imports = [
    (lib.mkChangedOptionModule
      [
        "programs"
        "waybar"
        "systemd"
        "target"
      ]
      [
        "programs"
        "waybar"
        "systemd"
        "targets"
      ]
      (config: lib.toList config.programs.waybar.systemd.target)
    )
  ];

  options.programs.waybar = {
    enable = lib.mkEnableOption "waybar, a bar for Wayland";

    package = lib.hm.options.packageOption pkgs "waybar" { };

    settings = mkOption {
      type = types.either (types.listOf bar) (types.attrsOf bar);
      default = [ ];
      example.main = {
        layer = "top";
        modules-left = [ "sway/workspaces" ];
        modules-right = [ "clock" ];
      };
      description = "The bars, in {file}`$XDG_CONFIG_HOME/waybar/config`.";
    };

    style = mkOption {
      type = types.nullOr (types.either types.path types.lines);
      default = null;
      example = "* { border-radius: 0; }";
      description = "Style sheet in {file}`$XDG_CONFIG_HOME/waybar/style.css`.";
    };

    systemd = {
      enable = lib.mkEnableOption "a service that runs waybar";
      enableDebug = lib.mkEnableOption "messages that help to find errors";
      enableInspect = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = "Whether GTK's inspector can be opened.";
      };

      targets = mkOption {
        type = types.listOf types.str;
        default = [ config.wayland.systemd.target ];
        defaultText = lib.literalMD "{option}`wayland.systemd.target`";
        description = "What of the session starts and stops the service.";
      };
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "programs.waybar" pkgs lib.platforms.linux)
      {
        assertion =
          lib.versionOlder config.home.stateVersion "22.05" || lib.all (bar: bar.modules == null) bars;
        message = ''
          The `programs.waybar.settings.[].modules` option has been removed.
          It is now possible to declare modules in the configuration without nesting them under the `modules` option.
        '';
      }
    ];

    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile = {
      "waybar/config" = mkIf (bars != [ ]) {
        source = jsonFormat.generate "waybar-config.json" (map cleaned bars);
        onChange = reload;
      };

      "waybar/style.css" = mkIf (cfg.style != null) {
        source =
          if lib.isPath cfg.style || lib.isStorePath cfg.style then
            cfg.style
          else
            pkgs.writeText "waybar-style.css" cfg.style;
        onChange = reload;
      };
    };

    systemd.user.services.waybar = mkIf cfg.systemd.enable {
      Unit = {
        Description = "Highly customizable Wayland bar for Sway and Wlroots based compositors.";
        Documentation = "https://github.com/Alexays/Waybar/wiki";
        PartOf = targets;
        After = cfg.systemd.targets;
        ConditionEnvironment = "WAYLAND_DISPLAY";
        X-Reload-Triggers =
          lib.optional (bars != [ ]) "${config.xdg.configFile."waybar/config".source}"
          ++ lib.optional (cfg.style != null) "${config.xdg.configFile."waybar/style.css".source}";
      };

      Service = {
        Environment = lib.optional cfg.systemd.enableInspect "GTK_DEBUG=interactive";
        ExecReload = "${pkgs.coreutils}/bin/kill -SIGUSR2 $MAINPID";
        ExecStart =
          lib.hm.options.binPath cfg.package "waybar" + lib.optionalString cfg.systemd.enableDebug " -l debug";
        KillMode = "mixed";
        Restart = "on-failure";
      };

      Install.WantedBy = targets;
    };
  };
}
