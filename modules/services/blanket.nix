{ bin, ... }:

{
  title = "Blanket, which plays sounds";
  linuxOnly = true;

  unit = {
    Unit = {
      Description = "Blanket daemon";
      Requires = [ "dbus.service" ];
      After = [ "graphical-session.target" ];
      PartOf = [
        "graphical-session.target"
        "pipewire.service"
      ];
    };
    Service = {
      ExecStart = "${bin "blanket"} --gapplication-service";
      Restart = "on-failure";
      RestartSec = 5;
    };
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
