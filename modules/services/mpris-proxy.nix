{ cfg, lib, ... }:

{
  title = "a proxy with which buttons of Bluetooth devices control players";
  linuxOnly = true;
  installed = null;
  package = "bluez";

  unit = {
    Unit = {
      Description = "Proxy forwarding Bluetooth MIDI controls via MPRIS2 to control media players";
      BindsTo = [ "bluetooth.target" ];
      After = [ "bluetooth.target" ];
    };
    Service = {
      Type = "simple";
      ExecStart = lib.hm.options.programPath' cfg.package "mpris-proxy";
    };
    Install.WantedBy = [ "bluetooth.target" ];
  };
}
