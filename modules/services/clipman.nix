{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "clipman";
  title = "clipman, a clipboard manager for Wayland";
  description = "Clipboard management daemon";
  session = "wayland";
  targetOption = "systemdTarget";
  needsWayland = true;

  options.extraArgs = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
    example = [ "--max-items=20" ];
    description = "Arguments of {command}`clipman store`.";
  };

  command =
    cfg:
    "${lib.hm.options.binPath (pkgs.wl-clipboard or null) "wl-paste"} -t text --watch ${lib.hm.options.binPath cfg.package "clipman"} store"
    + lib.optionalString (cfg.extraArgs != [ ]) " ${lib.escapeShellArgs cfg.extraArgs}";

  service = _cfg: {
    ExecReload = "${pkgs.coreutils}/bin/kill -SIGUSR2 $MAINPID";
    KillMode = "mixed";
    Restart = "on-failure";
  };
}
