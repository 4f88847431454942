{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "flameshot";
  title = "Flameshot, which takes screenshots";
  linuxOnly = false;
  description = "Flameshot screenshot tool";
  inTray = true;

  files.settings = {
    format = "ini";
    xdg = "flameshot/flameshot.ini";
    example.General.showStartupLaunchMessage = false;
  };

  command = cfg: lib.hm.options.programPath cfg.package "flameshot";

  service = _cfg: {
    Environment = [ "PATH=${config.home.profileDirectory}/bin" ];
    Restart = "on-abort";

    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    PrivateUsers = true;
    RestrictNamespaces = true;
    SystemCallArchitectures = "native";
    SystemCallFilter = "@system-service";
  };

  extraConfig = cfg: {
    launchd.agents.flameshot = {
      enable = true;
      config = {
        ProgramArguments = [ (lib.hm.options.programPath cfg.package "flameshot") ];
        KeepAlive = {
          Crashed = true;
          SuccessfulExit = false;
        };
        ProcessType = "Interactive";
        RunAtLoad = true;
      };
    };
  };
}
