{
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

{
  title = "workstyle, which names workspaces by what is on them";
  docs = "https://github.com/pierrechevalier83/workstyle";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    storeName = "config.toml";
    xdg = "workstyle/config.toml";
    example.other.fallback_icon = "";
  };

  options.systemd = {
    enable = lib.mkEnableOption "the service of workstyle";
    debug = lib.mkEnableOption "messages for debugging";
    target = option types.str config.wayland.systemd.target "Target that starts the service." // {
      defaultText = lib.literalExpression "config.wayland.systemd.target";
      example = "sway-session.target";
    };
  };

  config.systemd.user.services.workstyle = lib.mkIf cfg.systemd.enable {
    Unit = {
      Description = "workstyle autostart";
      BindsTo = [ cfg.systemd.target ];
    };
    Service = {
      ExecStart = lib.hm.options.programPath' cfg.package "workstyle";
      Restart = "always";
      RestartSec = 3;
      Environment = lib.mkIf cfg.systemd.debug "RUST_LOG=debug";
    };
    Install.WantedBy = [ cfg.systemd.target ];
  };
}
