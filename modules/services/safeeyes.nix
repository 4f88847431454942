{ exe, ... }:

{
  title = "Safe Eyes, which asks for breaks";
  docs = "https://slgobinath.github.io/SafeEyes/";
  linuxOnly = true;

  unit = {
    Unit = {
      Description = "Safe Eyes";
      PartOf = [ "graphical-session.target" ];
      StartLimitIntervalSec = 350;
      StartLimitBurst = 30;
    };
    Service = {
      ExecStart = exe;
      Restart = "on-failure";
      RestartSec = 3;
    };
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
