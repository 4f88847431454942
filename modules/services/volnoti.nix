{ exe, ... }:

{
  title = "Volnoti, which shows the volume";
  linuxOnly = true;

  unit = {
    Unit.Description = "volnoti";
    Service.ExecStart = "${exe} -v -n";
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
