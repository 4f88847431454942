{ exe, ... }:

{
  title = "systembus-notify, which shows notifications of the system bus";
  docs = "https://github.com/rfjakob/systembus-notify";
  linuxOnly = true;
  installed = null;

  unit = {
    Unit.Description = "systembus-notify daemon";
    Service.ExecStart = exe;
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
