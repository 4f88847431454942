{ bin, lib, ... }:

{
  title = "mpd-discord-rpc, which tells Discord what MPD plays";
  docs = "https://github.com/JakeStanger/mpd-discord-rpc";
  linuxOnly = true;
  installed = null;

  files.settings = {
    format = "toml";
    xdg = "discord-rpc/config.toml";
    always = true;
    example.hosts = [ "localhost:6600" ];
  };

  unit =
    lib.recursiveUpdate
      (lib.hm.services.graphicalUnit "Discord Rich Presence for MPD" {
        ExecStart = bin "mpd-discord-rpc";
        Restart = "on-failure";
      })
      {
        Unit.Documentation = "https://github.com/JakeStanger/mpd-discord-rpc";
      };
}
