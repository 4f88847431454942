{
  config,
  exe,
  lib,
  pkgs,
  types,
  ...
}:

{
  title = "Tomat, a timer for work and breaks";
  docs = "https://github.com/jolars/tomat";

  files.settings = {
    format = "toml";
    type = types.submodule { freeformType = (pkgs.formats.toml { }).type; };
    xdg = "tomat/config.toml";
    storeName = "tomat-config.toml";
    example.timer.work = 25;
  };

  unit = lib.hm.services.graphicalUnit "Tomat Pomodoro server" {
    ExecStart = "${exe} daemon run";
    Restart = "always";
    RestartSec = 5;
    Environment = [ "PATH=${config.home.profileDirectory}/bin" ];
  };
}
