# Sway, a tiling compositor for Wayland.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption optional types;
  inherit (lib.hm.options) binPath option tool;

  cfg = config.wayland.windowManager.sway;
  inherit (cfg.config) modifier;

  text = import ./text.nix {
    inherit cfg lib;
    name = "sway";
  };

  letters = {
    ${cfg.config.left} = "left";
    ${cfg.config.down} = "down";
    ${cfg.config.up} = "up";
    ${cfg.config.right} = "right";
  };
  arrows = {
    Left = "left";
    Down = "down";
    Up = "up";
    Right = "right";
  };

  defaultKeys =
    lib.concatMapAttrs (key: direction: {
      "${modifier}+${key}" = "focus ${direction}";
      "${modifier}+Shift+${key}" = "move ${direction}";
    }) (letters // arrows)
    // text.workspaceKeys modifier
    // {
      "${modifier}+Return" = "exec ${cfg.config.terminal}";
      "${modifier}+Shift+q" = "kill";
      "${modifier}+d" = "exec ${cfg.config.menu}";
      "${modifier}+b" = "splith";
      "${modifier}+v" = "splitv";
      "${modifier}+f" = "fullscreen toggle";
      "${modifier}+a" = "focus parent";
      "${modifier}+s" = "layout stacking";
      "${modifier}+w" = "layout tabbed";
      "${modifier}+e" = "layout toggle split";
      "${modifier}+Shift+space" = "floating toggle";
      "${modifier}+space" = "focus mode_toggle";
      "${modifier}+Shift+minus" = "move scratchpad";
      "${modifier}+minus" = "scratchpad show";
      "${modifier}+Shift+c" = "reload";
      "${modifier}+Shift+e" =
        "exec swaynag -t warning -m 'You pressed the exit shortcut. Do you really want to exit sway? This will end your Wayland session.' -b 'Yes, exit sway' 'swaymsg exit'";
      "${modifier}+r" = "mode resize";
    };

  resize = {
    left = "resize shrink width 10 px";
    down = "resize grow height 10 px";
    up = "resize shrink height 10 px";
    right = "resize grow width 10 px";
  };

  bindswitch = types.submodule {
    options = {
      action = mkOption {
        type = types.str;
        description = "The command.";
      };
      locked = option types.bool false "Whether it runs while the screen is locked.";
      reload = option types.bool false "Whether it runs when the configuration is read again.";
    };
  };

  # Settings by the name of a device.
  devices =
    example: what:
    option (types.attrsOf (types.attrsOf types.str)) { } "Settings of ${what}, by name; `*` is all." // {
      inherit example;
    };

  directionKey = default: what: option types.str default "The key that goes ${what}.";

  configType = types.submodule {
    options =
      import ./options.nix {
        inherit
          cfg
          config
          lib
          pkgs
          ;
        name = "sway";
      }
      // {
        left = directionKey "h" "left";
        down = directionKey "j" "down";
        up = directionKey "k" "up";
        right = directionKey "l" "right";

        keybindings = mkOption {
          type = types.attrsOf (types.nullOr types.str);
          default = lib.mapAttrs (_key: lib.mkOptionDefault) defaultKeys;
          defaultText = "Default sway keybindings.";
          example = lib.literalExpression ''
            let
              inherit (config.wayland.windowManager.sway.config) modifier;
            in
            lib.mkOptionDefault { "''${modifier}+p" = "exec passmenu"; }
          '';
          description = "Commands by keys. With {function}`lib.mkOptionDefault` the default ones stay; null removes one.";
        };

        bindswitches = option (types.attrsOf bindswitch) { } "Commands by states of switches, such as the lid." // {
          defaultText = "No bindswitches by default";
          example."lid:on".action = "output eDP-1 disable";
        };

        bindkeysToCode = option types.bool false "Whether bindings are by place on the keyboard, whatever its layout." // {
          example = true;
        };

        input = devices { "*".xkb_variant = "dvorak"; } "inputs";
        output = devices { HDMI-A-2.bg = "~/background.png fill"; } "outputs";
        seat = devices { "*".hide_cursor = "when-typing enable"; } "seats";

        modes = mkOption {
          type = types.attrsOf (types.attrsOf types.str);
          default.resize = lib.mapAttrs (_key: direction: resize.${direction}) (letters // arrows) // {
            Escape = "mode default";
            Return = "mode default";
          };
          defaultText = lib.literalMD "a mode `resize`";
          description = "Commands by keys, in modes.";
        };
      };
  };

  wrapperFeature =
    default: description:
    option types.bool default description // { example = !default; };

  section = keyword: name: fields: ''
    ${keyword} "${name}" {
    ${text.lines (lib.mapAttrsToList (field: value: "  ${field} ${value}") fields)}
    }
  '';

  sections =
    keyword: accept: devices:
    lib.mapAttrsToList (section keyword) (lib.filterAttrs (name: _fields: accept name) devices);
  isType = lib.hasPrefix "type:";

  keyArguments = lib.optionalString cfg.config.bindkeysToCode "--to-code";

  switchText =
    event: given:
    "bindswitch ${
      lib.optionalString given.locked "--locked " + lib.optionalString given.reload "--reload "
    } ${event} ${given.action}";

  startupText = given: ''
    ${if given.always then "exec_always" else "exec"} ${given.command}
  '';

  mouseWarping =
    let
      given = cfg.config.focus.mouseWarping;
    in
    if lib.isString given then given else if given then "output" else "none";

  startSession =
    let
      variables = lib.concatStringsSep " " cfg.systemd.variables;
      commands = lib.concatStringsSep " && " cfg.systemd.extraCommands;
      import' = {
        broker = "systemctl --user import-environment";
        dbus = "${tool pkgs "dbus" "dbus-update-activation-environment"} --systemd";
      };
    in
    ''exec "${import'.${cfg.systemd.dbusImplementation}} ${variables}; ${commands}"'';

  file = pkgs.writeTextFile {
    name = "sway.conf";
    text = text.lines (
      optional (cfg.extraConfigEarly != "") cfg.extraConfigEarly
      ++ lib.optionals (cfg.config != null) (
        text.windows {
          inherit (cfg.config.focus) followMouse;
          inherit mouseWarping;
        }
        ++ text.keys keyArguments
        ++ optional (cfg.config.bindswitches != { }) (
          text.lines (lib.mapAttrsToList switchText cfg.config.bindswitches)
        )
        # Later settings win, so that those of more inputs are first.
        ++ sections "input" (name: name == "*") cfg.config.input
        ++ sections "input" isType cfg.config.input
        ++ sections "input" (name: name != "*" && !isType name) cfg.config.input
        ++ sections "output" (_name: true) cfg.config.output
        ++ sections "seat" (_name: true) cfg.config.seat
        ++ lib.mapAttrsToList (text.modeText keyArguments) cfg.config.modes
        ++ text.rest startupText
      )
      ++ optional cfg.systemd.enable startSession
      ++ optional (!cfg.xwayland) "xwayland disable"
      ++ [ cfg.extraConfig ]
    );
    checkPhase = lib.optionalString cfg.checkConfig ''
      export DBUS_SESSION_BUS_ADDRESS=/dev/null
      export XDG_RUNTIME_DIR=$(mktemp -d)
      ${tool pkgs "xvfb-run" "xvfb-run"} ${binPath cfg.package "sway"} --config "$target" --validate --unsupported-gpu || {
        echo "Sway does not accept the configuration above."
        echo "If it only misses what is not there while building, such as a keyboard layout or a"
        echo "picture in the home directory, set 'wayland.windowManager.sway.checkConfig = false;'."
        exit 1
      }
    '';
  };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "wayland" "windowManager" "sway" "systemdIntegration" ]
      [ "wayland" "windowManager" "sway" "systemd" "enable" ]
    )
  ];

  options.wayland.windowManager.sway = {
    enable = lib.mkEnableOption "Sway, a tiling compositor for Wayland";

    package = mkOption {
      type = types.nullOr types.package;
      default =
        if pkgs ? sway then
          pkgs.sway.override {
            inherit (cfg) extraOptions extraSessionCommands;
            withBaseWrapper = cfg.wrapperFeatures.base;
            withGtkWrapper = cfg.wrapperFeatures.gtk;
          }
        else
          null;
      defaultText = lib.literalExpression "\${pkgs.sway}";
      description = "The package, which does not have the options of wrappers if it is set. Null is the system's.";
    };

    systemd = {
      enable = option types.bool pkgs.stdenv.hostPlatform.isLinux "Whether there is the target {file}`sway-session.target`, which starts with Sway and binds to {file}`graphical-session.target`." // {
        example = false;
      };
      variables = option (types.listOf types.str) [
        "DISPLAY"
        "WAYLAND_DISPLAY"
        "SWAYSOCK"
        "XDG_CURRENT_DESKTOP"
        "XDG_SESSION_TYPE"
        "NIXOS_OZONE_WL"
        "XCURSOR_THEME"
        "XCURSOR_SIZE"
      ] "Variables that services of the user get." // { example = [ "--all" ]; };
      dbusImplementation =
        option (types.enum [
          "dbus"
          "broker"
        ]) "dbus" "The implementation of DBus, which gets the variables too."
        // {
          example = "broker";
        };
      extraCommands = option (types.listOf types.str) [
        "systemctl --user reset-failed"
        "systemctl --user start sway-session.target"
        "swaymsg -mt subscribe '[]' || true"
        "systemctl --user stop sway-session.target"
      ] "Commands after the variables are passed on.";
      xdgAutostart = lib.mkEnableOption "the start of applications by {manpage}`systemd-xdg-autostart-generator(8)`";
    };

    xwayland = option types.bool true "Whether there is XWayland, for programs of X.";

    wrapperFeatures = option (types.submodule {
      options = {
        base = wrapperFeature true "Whether the wrapper runs {option}`wayland.windowManager.sway.extraSessionCommands`, and starts DBus.";
        gtk = wrapperFeature false "Whether the wrapper sets the variables that programs of GTK need.";
      };
    }) { } "What the wrapper of Sway does." // { example.gtk = true; };

    extraSessionCommands = option types.lines "" "Commands before Sway starts." // {
      example = ''
        export SDL_VIDEODRIVER=wayland
      '';
    };

    extraOptions = option (types.listOf types.str) [ ] "Arguments of {command}`sway`." // {
      example = [ "--unsupported-gpu" ];
    };

    config = option (types.nullOr configType) { } "The configuration. Null is none but the lines of `extraConfig`. See {manpage}`sway(5)`.";

    checkConfig = option types.bool (cfg.package != null) "Whether Sway checks the configuration while it is built." // {
      defaultText = lib.literalExpression "wayland.windowManager.sway.package != null";
    };

    extraConfig = option types.lines "" "Lines at the end of {file}`$XDG_CONFIG_HOME/sway/config`.";
    extraConfigEarly = option types.lines "" "Lines at its beginning.";
  };

  config = mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "wayland.windowManager.sway" pkgs lib.platforms.linux)
      {
        assertion = cfg.checkConfig -> cfg.package != null;
        message = "programs.sway.checkConfig requires non-null programs.sway.package";
      }
    ];

    warnings = lib.optionals (cfg.config != null) (
      text.fontWarnings
      ++ optional cfg.config.focus.forceWrapping "sway.config.focus.forceWrapping is deprecated, use focus.wrapping instead."
    );

    home.packages =
      optional (cfg.package != null) cfg.package ++ optional (cfg.xwayland && pkgs.xwayland or null != null) pkgs.xwayland;

    xdg.configFile."sway/config" = {
      source = file;
      onChange = lib.optionalString (cfg.package != null) ''
        swaySocket="''${XDG_RUNTIME_DIR:-/run/user/$UID}/sway-ipc.$UID.$(${tool pkgs "procps" "pgrep"} --uid $UID -x sway || true).sock"
        if [ -S "$swaySocket" ]; then
          ${cfg.package}/bin/swaymsg -s $swaySocket reload
        fi
      '';
    };

    systemd.user.targets.sway-session = mkIf cfg.systemd.enable {
      Unit = {
        Description = "sway compositor session";
        Documentation = [ "man:systemd.special(7)" ];
        BindsTo = [ "graphical-session.target" ];
        Wants = [
          "graphical-session-pre.target"
        ]
        ++ optional cfg.systemd.xdgAutostart "xdg-desktop-autostart.target";
        After = [ "graphical-session-pre.target" ];
        Before = optional cfg.systemd.xdgAutostart "xdg-desktop-autostart.target";
      };
    };
  };
}
