{
  config,
  exe,
  lib,
  ...
}:

{
  title = "shikane, which sets up displays by those that are there";
  docs = "https://gitlab.com/w0lff/shikane";
  linuxOnly = true;

  files.settings = {
    format = "toml";
    xdg = "shikane/config.toml";
    storeName = "shikane-config";
    example.profile = [
      {
        name = "laptop";
        output = [ { match = "eDP-1"; enable = true; } ];
      }
    ];
  };

  unit =
    lib.recursiveUpdate
      (lib.hm.services.unitOf config.wayland.systemd.target "Dynamic output configuration tool" {
        ExecStart = exe;
      })
      { Unit.Documentation = "man:shikane(1)"; };
}
