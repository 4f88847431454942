{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) binPath option tool;

  cfg = config.services.emacs;

  version = if cfg.package == null then "30" else lib.getVersion cfg.package;
  isOld = lib.versionOlder version "28";

  isGraphical = cfg.startWithUserSession == "graphical";

  emacs = binPath cfg.package "emacs";

  about = {
    Description = "Emacs text editor";
    Documentation = "info:emacs man:emacs(1) https://gnu.org/software/emacs/";
  };

  socketDirectory = "%t/emacs";
  socket = "${socketDirectory}/server";

  # Emacs before 28 removes a socket that systemd made.
  keepsSocket = isOld && cfg.socketActivation.enable;

  desktopItem = pkgs.writeTextDir "share/applications/emacsclient.desktop" (
    lib.generators.toINI { } {
      "Desktop Entry" = {
        Type = "Application";
        Exec = "${binPath cfg.package "emacsclient"} ${lib.concatStringsSep " " cfg.client.arguments} %F";
        Terminal = false;
        Name = "Emacs Client";
        Icon = "emacs";
        Comment = "Edit text";
        GenericName = "Text Editor";
        MimeType = "text/english;text/plain;text/x-makefile;text/x-c++hdr;text/x-c++src;text/x-chdr;text/x-csrc;text/x-java;text/x-moc;text/x-pascal;text/x-tcl;text/x-tex;application/x-shellscript;text/x-c;text/x-c++;";
        Categories = "Development;TextEditor;";
        Keywords = "Text;Editor;";
        StartupWMClass = if isOld then "Emacs" else "Emacsd";
      };
    }
  );

  editor =
    pkgs.writeShellScript "editor"
      ''exec ${binPath (lib.mapNullable lib.getBin cfg.package) "emacsclient"} "''${@:---create-frame}"'';
in
{
  options.services.emacs = {
    enable = lib.mkEnableOption "the server of Emacs";

    package = mkOption {
      type = types.nullOr types.package;
      default =
        if config.programs.emacs.enable then config.programs.emacs.finalPackage else pkgs.emacs or null;
      defaultText = lib.literalExpression ''
        if config.programs.emacs.enable then config.programs.emacs.finalPackage
        else pkgs.emacs
      '';
      description = "The package.";
    };

    extraOptions = option (types.listOf types.str) [ ] "Arguments of Emacs." // {
      example = [
        "-f"
        "exwm-enable"
      ];
    };

    client = {
      enable = lib.mkEnableOption "an entry of the client in menus";
      arguments = option (types.listOf types.str) [ "-c" ] "Arguments of the client in menus.";
    };

    socketActivation.enable = lib.mkEnableOption "the start of the server when the first client connects";

    startWithUserSession = mkOption {
      type = types.either types.bool (types.enum [ "graphical" ]);
      default = !cfg.socketActivation.enable;
      defaultText = lib.literalExpression "!config.services.emacs.socketActivation.enable";
      example = "graphical";
      description = "Whether the server starts when the user logs in, or with the graphical session.";
    };

    defaultEditor = option types.bool false "Whether {env}`EDITOR` and {env}`VISUAL` are the client." // {
      example = true;
    };
  };

  config = mkIf cfg.enable {
    home = {
      sessionVariables = mkIf cfg.defaultEditor {
        EDITOR = lib.getBin editor;
        VISUAL = lib.getBin editor;
      };

      packages = lib.optional (cfg.client.enable && pkgs.stdenv.hostPlatform.isLinux) (
        lib.hiPrio desktopItem
      );
    };

    systemd.user.services.emacs = {
      Unit =
        about
        // {
          After = lib.optional isGraphical "graphical-session.target";
          PartOf = lib.optional isGraphical "graphical-session.target";

          # Open buffers would be lost.
          X-RestartIfChanged = false;
        }
        // lib.optionalAttrs keepsSocket { RefuseManualStart = true; };

      Service = {
        Type = "notify";

        # A login shell, for the variables of the session.
        ExecStart = ''${pkgs.runtimeShell or "/bin/sh"} -l -c "${emacs} --fg-daemon${
          lib.optionalString cfg.socketActivation.enable "=${lib.escapeShellArg socket}"
        } ${lib.escapeShellArgs cfg.extraOptions}"'';

        # Emacs ends with this status when it is asked to end.
        SuccessExitStatus = 15;
        Restart = "on-failure";
      }
      // lib.optionalAttrs keepsSocket {
        ExecStartPost = "${tool pkgs "coreutils" "chmod"} --changes -w ${socketDirectory}";
        ExecStopPost = "${tool pkgs "coreutils" "chmod"} --changes +w ${socketDirectory}";
      };
    }
    // lib.optionalAttrs (cfg.startWithUserSession != false) {
      Install.WantedBy = [ (if isGraphical then "graphical-session.target" else "default.target") ];
    };

    systemd.user.sockets.emacs = mkIf cfg.socketActivation.enable {
      Unit = about;
      Socket = {
        ListenStream = socket;
        FileDescriptorName = "server";
        SocketMode = "0600";
        DirectoryMode = "0700";

        # Without this, a client that waits would start the server again.
        FlushPending = true;
      };
      Install = {
        WantedBy = [ "sockets.target" ];
        RequiredBy = [ "emacs.service" ];
      };
    };

    launchd.agents.emacs = {
      enable = true;
      config = {
        ProgramArguments = [
          emacs
          "--fg-daemon"
        ]
        ++ cfg.extraOptions;
        RunAtLoad = true;
        KeepAlive = {
          Crashed = true;
          SuccessfulExit = false;
        };
      };
    };
  };
}
