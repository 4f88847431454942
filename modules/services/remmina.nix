{
  cfg,
  config,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "Remmina, a client for remote desktops";
  docs = "https://remmina.org";

  options = {
    addRdpMimeTypeAssoc = lib.mkEnableOption "Remmina for files of RDP" // {
      default = true;
    };
    systemdService = {
      enable = lib.mkEnableOption "the start of Remmina with the session" // {
        default = true;
      };
      startupFlags = option (types.listOf types.str) [ "--icon" ] "Arguments when it starts with the session.";
    };
  };

  config = [
    (lib.mkIf cfg.systemdService.enable {
      systemd.user.services.remmina = {
        Unit = {
          Description = "Remmina remote desktop client";
          Documentation = "man:remmina(1)";
          Requires = [ "graphical-session.target" ];
        };
        Service = {
          Type = "simple";
          ExecStart = "${exe} ${lib.escapeShellArgs cfg.systemdService.startupFlags}";
          Restart = "on-failure";
        };
        Install.WantedBy = [ "graphical-session.target" ];
      };
    })
    (lib.mkIf (config.xdg.mimeApps.enable && cfg.addRdpMimeTypeAssoc) {
      xdg.mimeApps.associations.added."application/x-rdp" = "org.remmina.Remmina.desktop";
      xdg.dataFile."mime/packages/application-x-rdp.xml".text = ''
        <?xml version="1.0" encoding="UTF-8"?>
        <mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
          <mime-type type="application/x-rdp">
            <comment>rdp file</comment>
            <icon name="application-x-rdp"/>
            <glob-deleteall/>
            <glob pattern="*.rdp"/>
          </mime-type>
        </mime-info>
      '';
    })
  ];
}
