{ cfg, lib, ... }:

{
  title = "Caffeine, which keeps the screen on";
  linuxOnly = true;
  installed = null;
  package = "caffeine-ng";

  unit = {
    Unit.Description = "caffeine";
    Service = {
      Restart = "on-failure";
      PrivateTmp = true;
      ProtectSystem = "full";
      Type = "exec";
      Slice = "session.slice";
      ExecStart = lib.hm.options.programPath' cfg.package "caffeine";
    };
    Install.WantedBy = [ "graphical-session.target" ];
  };
}
