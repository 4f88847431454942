{
  cfg,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "the client of MEGA";
  linuxOnly = true;

  options.forceWayland = option types.bool false "Whether it uses Wayland and not X." // {
    example = true;
  };

  unit = lib.hm.services.graphicalUnit "megasync" {
    Environment = lib.optionals cfg.forceWayland [ "DO_NOT_UNSET_XDG_SESSION_TYPE=1" ];
    ExecStart = exe;
  };
}
