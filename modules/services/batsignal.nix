{
  cfg,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "batsignal, which warns when the battery is low";
  docs = "https://github.com/electrickite/batsignal";
  linuxOnly = true;
  installed = null;

  options.extraArgs = option (types.listOf types.str) [ ] "Arguments of {command}`batsignal`.";

  unit = lib.hm.services.graphicalUnit "batsignal - battery monitor daemon" {
    Type = "simple";
    ExecStart = "${exe} ${lib.escapeShellArgs cfg.extraArgs}";
    Restart = "on-failure";
    RestartSec = 1;
  };
}
