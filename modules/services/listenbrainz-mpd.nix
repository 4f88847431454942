{
  bin,
  cfg,
  lib,
  ...
}:

{
  title = "listenbrainz-mpd, which tells ListenBrainz what MPD plays";
  docs = "https://codeberg.org/elomatreb/listenbrainz-mpd";
  installed = null;

  files.settings = {
    format = "toml";
    xdg = "listenbrainz-mpd/config.toml";
    storeName = "listenbrainz-mpd.toml";
    example.submission.token_file = "/run/secrets/listenbrainz-mpd";
  };

  config.systemd.user.services.listenbrainz-mpd = lib.mkIf (cfg.package != null) {
    Unit = {
      Description = "ListenBrainz submission client for MPD";
      Documentation = "https://codeberg.org/elomatreb/listenbrainz-mpd";
      After = [ "mpd.service" ];
      Requires = [ "mpd.service" ];
    };
    Service = {
      ExecStart = bin "listenbrainz-mpd";
      Restart = "always";
      RestartSec = 5;
      Type = if lib.versionAtLeast cfg.package.version "2.3.2" then "notify" else "simple";
    };
    Install.WantedBy = [ "default.target" ];
  };
}
