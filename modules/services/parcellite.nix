{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "parcellite";
  title = "Parcellite, a clipboard manager";
  description = "Lightweight GTK+ clipboard manager";
  inTray = true;

  options.extraOptions = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
    example = [ "--no-icon" ];
    description = "Arguments of the command.";
  };

  # A package that stands in for it has a program of its own name.
  command = cfg: "${lib.hm.options.binPath cfg.package (cfg.package.pname or "parcellite")} ${lib.escapeShellArgs cfg.extraOptions}";

  service = _cfg: { Restart = "on-abort"; };
}
