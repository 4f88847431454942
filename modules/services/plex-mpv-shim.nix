{ bin, lib, ... }:

{
  title = "plex-mpv-shim, which plays films of Plex in mpv";
  docs = "https://github.com/iwalton3/plex-mpv-shim";
  linuxOnly = true;
  installed = null;

  files.settings = {
    format = "json";
    xdg = "plex-mpv-shim/conf.json";
    example.always_transcode = false;
  };

  unit = lib.hm.services.graphicalUnit "Plex mpv shim" { ExecStart = bin "plex-mpv-shim"; };
}
