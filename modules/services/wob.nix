{
  cfg,
  config,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  inherit (config.wayland.systemd) target;
  file = (pkgs.formats.ini { }).generate "wob.ini" cfg.settings;
  hasUnit = cfg.systemd && (cfg.package != null || pkgs.isHomeManagerEmbedded or false);
in
{
  title = "wob, a bar for volumes and the like on Wayland";
  docs = "https://github.com/francma/wob";
  linuxOnly = true;
  installed = null;

  files.settings = {
    format = "ini";
    xdg = "wob/wob.ini";
    example.""= {
      border_size = 10;
      height = 50;
    };
  };

  options.systemd = option types.bool true "Whether wob starts when something is written to {file}`$XDG_RUNTIME_DIR/wob.sock`." // {
    example = true;
  };

  config.systemd.user = lib.mkIf hasUnit {
    services.wob =
      lib.recursiveUpdate
        (lib.hm.services.unitOf target
          "A lightweight overlay volume/backlight/progress/anything bar for Wayland"
          {
            StandardInput = "socket";
            ExecStart = lib.concatStringsSep " " (
              [ exe ] ++ lib.optional (cfg.settings != { }) "--config ${file}"
            );
          }
        )
        {
          Unit = {
            Documentation = "man:wob(1)";
            ConditionEnvironment = "WAYLAND_DISPLAY";
          };
        };

    sockets.wob = {
      Socket = {
        ListenFIFO = "%t/wob.sock";
        SocketMode = "0600";
        RemoveOnStop = "yes";
        FlushPending = "yes";
      };
      Install.WantedBy = [ "sockets.target" ];
    };
  };
}
