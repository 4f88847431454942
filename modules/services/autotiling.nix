{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "autotiling";
  title = "autotiling, which splits windows of sway and i3 by their shape";
  install = false;
  description = "Split orientation manager";
  targetOption = "systemdTarget";

  options.extraArgs = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
    example = [ "--limit 2" ];
    description = "Arguments of the command.";
  };

  command = cfg: "${lib.hm.options.programPath cfg.package "autotiling"} ${lib.escapeShellArgs cfg.extraArgs}";

  service = _cfg: {
    Type = "simple";
    Restart = "always";
  };
}
