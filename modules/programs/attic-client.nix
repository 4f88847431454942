{
  cfg,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "Attic's client, for a binary cache";
  docs = "https://docs.attic.rs/";

  files.settings = {
    format = "toml";
    storeName = "attic-config.toml";
    xdg = "attic/config.toml";
    example = {
      default-server = "myserver";
      servers.myserver.endpoint = "https://myserver.org";
    };
  };

  options.watchStore = option (types.listOf types.str) [ ] "Caches that new store paths are pushed to." // {
    example = [ "mycacheserver:mycache" ];
  };

  config = {
    assertions = [
      {
        assertion = cfg.watchStore == [ ] || pkgs.stdenv.hostPlatform.isLinux;
        message = "programs.attic-client.watchStore requires systemd and is only supported on Linux.";
      }
      {
        assertion = cfg.watchStore == [ ] || cfg.package != null;
        message = "programs.attic-client.watchStore requires programs.attic-client.package to be set.";
      }
    ];

    systemd.user.services = lib.listToAttrs (
      map (
        cache:
        lib.nameValuePair "attic-watch-store--${lib.replaceStrings [ ":" ] [ "-" ] cache}" {
          Unit.Description = "Push new store paths to the attic cache ${cache}";
          Install.WantedBy = [ "default.target" ];
          Service = {
            ExecStart = "${exe} watch-store ${cache}";
            Restart = "always";
            RestartSec = 30;
          };
        }
      ) cfg.watchStore
    );
  };
}
