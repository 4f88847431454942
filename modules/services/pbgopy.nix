{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "pbgopy, a clipboard that machines share";
  docs = "https://github.com/nakabonne/pbgopy";
  linuxOnly = true;
  package = null;
  installed = pkgs.pbgopy or null;

  options = {
    port = option types.port 9090 "The port of the server." // {
      example = 8080;
    };
    cache.ttl = option types.str "24h" "How long what is copied is kept." // {
      example = "10m";
    };
    httpAuth = option (types.nullOr types.str) null "User and password that clients have to give. It is in the store, for all to read." // {
      example = "user:pass";
    };
  };

  unit = lib.hm.services.graphicalUnit "pbgopy server for sharing the clipboard between devices" {
    ExecStart = lib.concatStringsSep " " (
      [
        "${lib.hm.options.binPath (pkgs.pbgopy or null) "pbgopy"} serve"
        "--port ${toString cfg.port}"
        "--ttl ${cfg.cache.ttl}"
      ]
      ++ lib.optional (cfg.httpAuth != null) "--basic-auth ${lib.escapeShellArg cfg.httpAuth}"
    );
    Restart = "on-abort";
  };
}
