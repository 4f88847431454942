{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "aria2";
  title = "aria2, which downloads files";

  files.settings = {
    format = "keyValue";
    xdg = "aria2/aria2.conf";
    example.dht-listen-port = 60000;
  };

  options.systemd.enable = lib.mkEnableOption "a service that is told what to download";

  extraConfig = cfg: {
    systemd.user.services.aria2 = lib.mkIf cfg.systemd.enable {
      Unit = {
        Description = "Aria2c daemon";
        Documentation = "man:aria2c(1)";
        X-Restart-Triggers = lib.mkIf (cfg.settings != { }) [
          "${config.xdg.configFile."aria2/aria2.conf".source}"
        ];
      };

      Service = {
        ExecStart = "${lib.hm.options.programPath cfg.package "aria2c"} --enable-rpc";
        Restart = "on-failure";
      };

      Install.WantedBy = [ "default.target" ];
    };
  };
}
// {
  imports = [
    (lib.mkRemovedOptionModule [
      "programs"
      "aria2"
      "extraConfig"
    ] "This option has been removed. Please use 'programs.aria2.settings' instead.")
  ];
}
