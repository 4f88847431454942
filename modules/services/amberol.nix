{
  cfg,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "Amberol, a player of music, while its window is closed";
  linuxOnly = true;

  options = {
    enableRecoloring = option types.bool true "Whether the window has the colours of the cover.";
    replaygain = option (types.enum [
      "album"
      "track"
      "off"
    ]) "track" "How loudness is evened out.";
  };

  config.dconf.settings."io/bassi/Amberol" = {
    background-play = true;
    enable-recoloring = cfg.enableRecoloring;
    replay-gain = cfg.replaygain;
  };

  unit =
    lib.recursiveUpdate
      (lib.hm.services.graphicalUnit "Amberol music player daemon" {
        ExecStart = "${exe} --gapplication-service";
        Restart = "on-failure";
        RestartSec = 5;
      })
      {
        Unit.Requires = [ "dbus.service" ];
      };
}
