{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "nextcloud-client";
  title = "the client of Nextcloud";
  install = false;
  description = "Nextcloud Client";

  options.startInBackground = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = "Whether it starts without a window.";
  };

  command =
    cfg: lib.hm.options.binPath cfg.package "nextcloud" + lib.optionalString cfg.startInBackground " --background";

  service = cfg: {
    Environment = [ "PATH=${config.home.profileDirectory}/bin" ];
    ExecStop = "${lib.hm.options.binPath cfg.package "nextcloud"} --quit";
    KillMode = "process";
    NoNewPrivileges = true;
    Restart = "on-failure";
    RestartSec = "5s";
    RestrictRealtime = true;
  };
}
