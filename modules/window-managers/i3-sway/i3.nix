# i3, a tiling window manager for X.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) binPath option;

  cfg = config.xsession.windowManager.i3;
  inherit (cfg.config) modifier;

  text = import ./text.nix {
    inherit cfg lib;
    name = "i3";
  };

  defaultKeys = {
    "${modifier}+Return" = "exec ${cfg.config.terminal}";
    "${modifier}+Shift+q" = "kill";
    "${modifier}+d" = "exec ${cfg.config.menu}";
    "${modifier}+h" = "split h";
    "${modifier}+v" = "split v";
    "${modifier}+f" = "fullscreen toggle";
    "${modifier}+s" = "layout stacking";
    "${modifier}+w" = "layout tabbed";
    "${modifier}+e" = "layout toggle split";
    "${modifier}+Shift+space" = "floating toggle";
    "${modifier}+space" = "focus mode_toggle";
    "${modifier}+a" = "focus parent";
    "${modifier}+Shift+minus" = "move scratchpad";
    "${modifier}+minus" = "scratchpad show";
    "${modifier}+Shift+c" = "reload";
    "${modifier}+Shift+r" = "restart";
    "${modifier}+Shift+e" =
      "exec i3-nagbar -t warning -m 'Do you want to exit i3?' -b 'Yes' 'i3-msg exit'";
    "${modifier}+r" = "mode resize";
  }
  // text.workspaceKeys modifier
  // lib.concatMapAttrs
    (key: direction: {
      "${modifier}+${key}" = "focus ${direction}";
      "${modifier}+Shift+${key}" = "move ${direction}";
    })
    {
      Left = "left";
      Down = "down";
      Up = "up";
      Right = "right";
    };

  configType = types.submodule {
    options =
      import ./options.nix {
        inherit
          cfg
          config
          lib
          pkgs
          ;
        name = "i3";
      }
      // {
        keybindings = mkOption {
          type = types.attrsOf (types.nullOr types.str);
          default = lib.mapAttrs (_key: lib.mkOptionDefault) defaultKeys;
          defaultText = "Default i3 keybindings.";
          example = lib.literalExpression ''
            let
              inherit (config.xsession.windowManager.i3.config) modifier;
            in
            lib.mkOptionDefault { "''${modifier}+p" = "exec passmenu"; }
          '';
          description = "Commands by keys. With {function}`lib.mkOptionDefault` the default ones stay; null removes one.";
        };

        modes = option (types.attrsOf (types.attrsOf types.str)) {
          resize = {
            Left = "resize shrink width 10 px or 10 ppt";
            Down = "resize grow height 10 px or 10 ppt";
            Up = "resize shrink height 10 px or 10 ppt";
            Right = "resize grow width 10 px or 10 ppt";
            Escape = "mode default";
            Return = "mode default";
          };
        } "Commands by keys, in modes.";
      };
  };

  startupText =
    given:
    lib.concatStringsSep " " [
      (if given.always then "exec_always" else "exec")
      (lib.optionalString (!given.notification || given.workspace != null) "--no-startup-id")
      (
        if given.workspace == null then
          given.command
        else
          "i3-msg 'workspace ${given.workspace}; exec ${given.command}'"
      )
    ];

  file = pkgs.writeText "i3.conf" (
    text.lines (
      lib.optionals (cfg.config != null) (
        text.windows {
          followMouse = lib.hm.booleans.yesNo cfg.config.focus.followMouse;
          mouseWarping = if cfg.config.focus.mouseWarping then "output" else "none";
        }
        ++ text.keys ""
        ++ lib.mapAttrsToList (text.modeText "") cfg.config.modes
        ++ text.rest startupText
      )
      ++ [ cfg.extraConfig ]
    )
  );

  checked =
    if cfg.package == null then
      file
    else
      pkgs.runCommandLocal "i3-config" { buildInputs = [ cfg.package ]; } ''
        # i3 wants an address of DBus, though it uses none to check.
        export DBUS_SESSION_BUS_ADDRESS=1
        i3 -c ${file} -C -d all || {
          echo "i3 configuration validation failed"
          echo "For a verbose log of the failure, run 'i3 -c ${file} -C -d all'"
          exit 1
        };
        cp ${file} $out
      '';
in
{
  options.xsession.windowManager.i3 = {
    enable = lib.mkEnableOption "i3, a tiling window manager";
    package = lib.hm.options.packageOption pkgs "i3" { };
    config = option (types.nullOr configType) { } "The configuration. Null is none but {option}`xsession.windowManager.i3.extraConfig`. See <https://i3wm.org/docs/userguide.html>.";
    extraConfig = option types.lines "" "Lines at the end of {file}`$XDG_CONFIG_HOME/i3/config`.";
  };

  config = mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "xsession.windowManager.i3" pkgs lib.platforms.linux)
    ];

    warnings = lib.optionals (cfg.config != null) (
      text.fontWarnings
      ++ lib.optional (lib.any (given: given.workspace != null) cfg.config.startup) (
        "'xsession.windowManager.i3.config.startup.*.workspace' is deprecated, "
        + "use 'xsession.windowManager.i3.config.assigns' instead."
        + "See https://github.com/nix-community/home-manager/issues/265."
      )
      ++ lib.optional cfg.config.focus.forceWrapping (
        "'xsession.windowManager.i3.config.focus.forceWrapping' is deprecated, "
        + "use 'xsession.windowManager.i3.config.focus.wrapping' instead."
      )
    );

    home.packages = mkIf (cfg.package != null) [ cfg.package ];

    xsession.windowManager.command = binPath cfg.package "i3";

    xdg.configFile."i3/config" = {
      source = checked;
      onChange = ''
        for i3Socket in ''${XDG_RUNTIME_DIR:-/run/user/$UID}/i3/ipc-socket.*; do
          if [[ -S $i3Socket ]]; then
            ${binPath cfg.package "i3-msg"} -s $i3Socket reload >/dev/null |& grep -v "Connection refused" || true
          fi
        done
      '';
    };
  };
}
