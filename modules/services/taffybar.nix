{ bin, ... }:

{
  title = "Taffybar, a bar for X";
  docs = "https://taffybar.net";
  linuxOnly = true;
  installed = null;

  unit = {
    Unit = {
      Description = "Taffybar desktop bar";
      PartOf = [ "tray.target" ];
      StartLimitBurst = 5;
      StartLimitIntervalSec = 10;
    };
    Service = {
      Type = "dbus";
      BusName = "org.taffybar.Bar";
      ExecStart = bin "taffybar";
      Restart = "on-failure";
      RestartSec = "2s";
    };
    Install.WantedBy = [ "tray.target" ];
  };

  config.xsession.importedVariables = [ "GDK_PIXBUF_MODULE_FILE" ];
}
