# Sessions of X that a display manager or startx starts.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.xsession;

  inherit (config.home) keyboard;

  pathOption =
    default: example: what:
    mkOption {
      type = types.str;
      inherit default example;
      description = "Where in the home ${what} is.";
    };

  linesOption =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  withVariables =
    verb:
    lib.optionalString (
      cfg.importedVariables != [ ]
    ) "systemctl --user ${verb}-environment ${lib.escapeShellArgs cfg.importedVariables}";

  keyboardArguments =
    lib.optional (keyboard.layout != null) "-layout '${keyboard.layout}'"
    ++ lib.optional (keyboard.variant != null) "-variant '${keyboard.variant}'"
    ++ lib.optional (keyboard.model != null) "-model '${keyboard.model}'"
    # Options add up, unless they are cleared.
    ++ [ "-option ''" ]
    ++ map (option: "-option '${option}'") keyboard.options;

  service = description: settings: {
    Unit = {
      Description = description;
      After = [ "graphical-session-pre.target" ];
      PartOf = [ "graphical-session.target" ];
    };
    Install.WantedBy = [ "graphical-session.target" ];
    Service = settings;
  };
in
{
  options.xsession = {
    enable = lib.mkEnableOption "a session of X";

    trayTarget = mkOption {
      type = types.attrs;
      readOnly = true;
      internal = true;
      visible = false;
      default.Unit = {
        Description = "Home Manager System Tray";
        Requires = [ "graphical-session-pre.target" ];
      };
      description = "The target with which applets start.";
    };

    scriptPath = pathOption ".xsession" ".xsession-hm" "the script of the session";
    profilePath = pathOption ".xprofile" ".xprofile-hm" "the script that prepares the session";

    windowManager.command = mkOption {
      type = types.str;
      default = ''test -n "$1" && eval "$@"'';
      example = lib.literalExpression ''"''${pkgs.xmonad-with-packages}/bin/xmonad"'';
      description = ''
        What starts the window manager. By default it is what the script of the session is
        called with, as NixOS does.
      '';
    };

    preferStatusNotifierItems = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether applets use the newer protocol for their icons, if they know it.";
    };

    profileExtra = linesOption "Commands before the session.";
    initExtra = linesOption "Commands before the window manager.";

    importedVariables = mkOption {
      type = types.listOf (types.strMatching "[a-zA-Z_][a-zA-Z0-9_]*");
      apply = lib.unique;
      example = [ "GDK_PIXBUF_ICON_LOADER" ];
      visible = false;
      description = "Variables of the session that services get.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "xsession" pkgs lib.platforms.linux)
    ];

    xsession.importedVariables = [
      "DBUS_SESSION_BUS_ADDRESS"
      "DISPLAY"
      "SSH_AUTH_SOCK"
      "XAUTHORITY"
      "XDG_DATA_DIRS"
      "XDG_RUNTIME_DIR"
      "XDG_SESSION_ID"
    ];

    systemd.user = {
      services = lib.mkIf (keyboard != null) {
        setxkbmap = service "Set up keyboard in X" {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "${lib.hm.options.programPath (pkgs.setxkbmap or null) "setxkbmap"} ${toString keyboardArguments}";
        };

        xplugd = service "Rerun setxkbmap.service when I/O is changed" {
          Type = "forking";
          Restart = "on-failure";
          ExecStart =
            let
              script = pkgs.writeShellScript "xplugrc" ''
                case "$1,$3" in
                  keyboard,connected)
                  systemctl --user restart setxkbmap.service
                  ;;
                esac
              '';
            in
            "${lib.hm.options.programPath' (pkgs.xplugd or null) "xplugd"} ${script}";
        };
      };

      targets = {
        hm-graphical-session.Unit = {
          Description = "Home Manager X session";
          Requires =
            lib.optional config.xdg.autostart.enable "xdg-desktop-autostart.target"
            ++ [ "graphical-session-pre.target" ];
          BindsTo = [
            "graphical-session.target"
            "tray.target"
          ];
        };

        tray = cfg.trayTarget;
      };
    };

    home.file = {
      ${cfg.profilePath}.text = ''
        . "${config.home.profileDirectory}/etc/profile.d/hm-session-vars.sh"

        if [ -e "$HOME/.profile" ]; then
          . "$HOME/.profile"
        fi

        # If there are any running services from a previous session.
        # Need to run this in xprofile because the NixOS xsession
        # script starts up graphical-session.target.
        systemctl --user stop graphical-session.target graphical-session-pre.target

        ${withVariables "import"}

        ${cfg.profileExtra}

        export HM_XPROFILE_SOURCED=1
      '';

      ${cfg.scriptPath} = {
        executable = true;
        text = ''
          if [ -z "$HM_XPROFILE_SOURCED" ]; then
            . "${config.home.homeDirectory}/${cfg.profilePath}"
          fi
          unset HM_XPROFILE_SOURCED

          systemctl --user start hm-graphical-session.target

          ${cfg.initExtra}

          ${cfg.windowManager.command}

          systemctl --user stop graphical-session.target
          systemctl --user stop graphical-session-pre.target

          # Wait until the units actually stop.
          while [ -n "$(systemctl --user --no-legend --state=deactivating list-units)" ]; do
            sleep 0.5
          done

          ${withVariables "unset"}
        '';
      };
    };
  };
}
