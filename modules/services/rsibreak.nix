{
  config,
  exe,
  lib,
  ...
}:

{
  title = "RSIBreak, which asks for breaks";
  docs = "https://userbase.kde.org/RSIBreak";
  linuxOnly = true;

  unit = lib.hm.services.graphicalUnit "RSI break timer" {
    Environment = [ "PATH=${config.home.profileDirectory}/bin" ];
    ExecStart = exe;
  };
}
