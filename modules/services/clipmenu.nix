{
  bin,
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "clipmenu, a history of the clipboard";
  docs = "https://github.com/cdown/clipmenu";
  linuxOnly = true;

  options.launcher = option (types.nullOr types.str) null "The program that shows the history; null is dmenu." // {
    example = "rofi";
  };

  config.home.sessionVariables = lib.mkIf (cfg.launcher != null) { CM_LAUNCHER = cfg.launcher; };

  unit = {
    Unit = {
      Description = "Clipboard management daemon";
      After = [ "graphical-session.target" ];
    };
    Service = {
      ExecStart = bin "clipmenud";
      Environment = [
        "PATH=${
          lib.hm.services.searchPath pkgs [
            "coreutils"
            "findutils"
            "gnugrep"
            "gnused"
            "systemd"
          ]
        }"
      ];
    };
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
