{ bin, ... }:

{
  title = "the watcher of icons in the tray";
  linuxOnly = true;
  installed = null;
  package = [
    "haskellPackages"
    "status-notifier-item"
  ];

  unit = {
    Unit = {
      Description = "SNI watcher";
      PartOf = [ "tray.target" ];
      Before = [ "taffybar.service" ];
    };
    Service = {
      Type = "dbus";
      BusName = "org.kde.StatusNotifierWatcher";
      ExecStart = bin "status-notifier-watcher";
    };
    Install.WantedBy = [
      "tray.target"
      "taffybar.service"
    ];
  };
}
