{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "betterlockscreen, which locks the screen";
  docs = "https://github.com/betterlockscreen/betterlockscreen";
  linuxOnly = true;

  options = {
    arguments = option (types.listOf types.str) [ ] "Arguments of {command}`betterlockscreen`.";
    inactiveInterval = option types.int 10 "Minutes without activity after which the screen is locked.";
  };

  config.services.screen-locker = {
    enable = true;
    inherit (cfg) inactiveInterval;
    lockCmd = "${bin "betterlockscreen"} --lock ${lib.concatStringsSep " " cfg.arguments}";
  };
}
