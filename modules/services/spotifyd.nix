{
  bin,
  cfg,
  option,
  pkgs,
  ...
}:

let
  toml = pkgs.formats.toml { };
in
{
  title = "spotifyd, a player of Spotify";
  docs = "https://docs.spotifyd.rs/configuration/index.html";
  linuxOnly = true;

  options.settings = option toml.type { } "The configuration. See <https://docs.spotifyd.rs/configuration/index.html>." // {
    example.global = {
      username = "alex";
      device_name = "desk";
    };
  };

  unit = {
    Unit = {
      Description = "spotify daemon";
      Documentation = "https://github.com/Spotifyd/spotifyd";
    };
    Service = {
      ExecStart = "${bin "spotifyd"} --no-daemon --config-path ${toml.generate "spotifyd.conf" cfg.settings}";
      Restart = "always";
      RestartSec = 12;
    };
    Install.WantedBy = [ "default.target" ];
  };
}
