{ exe, ... }:

{
  title = "rescrobbled, which tells Last.fm and ListenBrainz what plays";
  docs = "https://github.com/InputUsername/rescrobbled";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    xdg = "rescrobbled/config.toml";
    storeName = "rescrobbled-config";
    example.min-play-time = 30;
  };

  unit = {
    Unit = {
      Description = "An MPRIS scrobbler";
      Documentation = "https://github.com/InputUsername/rescrobbled";
    };
    Service.ExecStart = exe;
    Install.WantedBy = [ "default.target" ];
  };
}
