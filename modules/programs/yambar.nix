{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "yambar, a panel for X and Wayland";
  docs = "https://codeberg.org/dnkl/yambar";
  linuxOnly = true;

  files.settings = {
    format = "yaml";
    storeName = "config.yml";
    xdg = "yambar/config.yml";
    example.bar = {
      location = "top";
      height = 26;
    };
  };

  options.systemd = {
    enable = lib.mkEnableOption "the service of yambar";
    target = option types.str config.wayland.systemd.target "Target that starts the service." // {
      defaultText = lib.literalExpression "config.wayland.systemd.target";
      example = "sway-session.target";
    };
  };

  config.systemd.user.services.yambar = lib.mkIf cfg.systemd.enable {
    Unit = {
      Description = "Modular status panel for X11 and Wayland";
      Documentation = "man:yambar";
      PartOf = [ cfg.systemd.target ];
      After = [ cfg.systemd.target ];
    };
    Service = {
      ExecStart = lib.hm.options.programPath' cfg.package "yambar";
      ExecReload = "${lib.hm.options.tool pkgs "coreutils" "kill"} -SIGUSR2 $MAINPID";
      Restart = "on-failure";
      RestartSec = 3;
      KillMode = "mixed";
    };
    Install.WantedBy = [ cfg.systemd.target ];
  };
}
