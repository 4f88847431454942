{
  bin,
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

let
  inherit (config.services) mpd;

  ofMpd =
    type: value: name: description:
    option type value description // { defaultText = "config.services.mpd.${name}"; };
in
{
  title = "mpDris2, with which desktops control MPD";
  docs = "https://github.com/eonpatapon/mpDris2";
  linuxOnly = true;
  installed = null;

  options = {
    notifications = lib.mkEnableOption "notifications of songs";
    multimediaKeys = lib.mkEnableOption "keys for music";
    mpd = {
      host = ofMpd types.str mpd.network.listenAddress "network.listenAddress" "The address of MPD." // {
        example = "192.168.1.1";
      };
      port = ofMpd types.port mpd.network.port "network.port" "The port of MPD.";
      musicDirectory =
        ofMpd (types.nullOr types.path) mpd.musicDirectory "musicDirectory"
          "Where the music is, for covers.";
      password = option (types.nullOr types.str) null "The password of MPD. It is in the store, for all to read.";
    };
  };

  config.xdg.configFile."mpDris2/mpDris2.conf".text =
    lib.generators.toINI
      {
        mkKeyValue =
          key: value:
          "${key} = ${if lib.isBool value then (if value then "True" else "False") else toString value}";
      }
      {
        Connection = {
          inherit (cfg.mpd) host port;
          music_dir = cfg.mpd.musicDirectory;
        }
        // lib.optionalAttrs (cfg.mpd.password != null) { inherit (cfg.mpd) password; };
        Bling = {
          notify = cfg.notifications;
          mmkeys = cfg.multimediaKeys;
        };
      };

  unit = {
    Unit = {
      Description = "MPRIS 2 support for MPD";
      After = [ "mpd.service" ];
    };
    Service = {
      Type = "simple";
      Restart = "on-failure";
      RestartSec = "5s";
      ExecStart = bin "mpDris2";
      BusName = "org.mpris.MediaPlayer2.mpd";
    };
    Install.WantedBy = [ "default.target" ];
  };
}
