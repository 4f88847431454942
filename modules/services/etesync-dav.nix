{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "etesync-dav, with which programs of CalDAV and CardDAV use EteSync";
  docs = "https://github.com/etesync/etesync-dav";
  linuxOnly = true;

  options = {
    serverUrl = option types.str "https://api.etebase.com/partner/etesync/" "The address of the server.";
    settings = option (types.attrsOf (
      types.oneOf [
        types.str
        types.int
      ]
    )) { } "Variables of the program." // {
      example = {
        ETESYNC_LISTEN_ADDRESS = "localhost";
        ETESYNC_LISTEN_PORT = 37358;
      };
    };
  };

  unit = lib.hm.services.loginUnit "etesync-dav" {
    ExecStart = bin "etesync-dav";
    Environment = lib.concatStringsSep " " (
      lib.mapAttrsToList (name: value: "${name}=${lib.escapeShellArg value}") (
        { ETESYNC_URL = cfg.serverUrl; } // cfg.settings
      )
    );
  };
}
