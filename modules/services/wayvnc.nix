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
  format = pkgs.formats.keyValue { };
in
{
  title = "wayvnc, a server of VNC for Wayland";
  docs = "https://github.com/any1/wayvnc";
  linuxOnly = true;

  options = {
    autoStart = lib.mkEnableOption "the start of wayvnc with the session";
    systemdTarget = option types.str config.wayland.systemd.target "The target that starts it." // {
      defaultText = lib.literalExpression "config.wayland.systemd.target";
    };
    settings = lib.mkOption {
      type = types.submodule {
        freeformType = format.type;
        options = {
          address = lib.mkOption {
            type = types.str;
            example = "0.0.0.0";
            description = "The address where clients connect.";
          };
          port = lib.mkOption {
            type = types.port;
            example = 5901;
            description = "The port where clients connect.";
          };
        };
      };
      default = { };
      example = {
        address = "0.0.0.0";
        port = 5901;
      };
      description = "Contents of {file}`$XDG_CONFIG_HOME/wayvnc/config`. See {manpage}`wayvnc(1)`.";
    };
  };

  config.xdg.configFile."wayvnc/config".source = format.generate "wayvnc.conf" cfg.settings;

  unit = {
    Unit = {
      Description = "wayvnc VNC server";
      Documentation = [ "man:wayvnc(1)" ];
      After = [ cfg.systemdTarget ];
      PartOf = [ cfg.systemdTarget ];
    };
    Service.ExecStart = [ exe ];
    Install.WantedBy = lib.mkIf cfg.autoStart [ cfg.systemdTarget ];
  };
}
