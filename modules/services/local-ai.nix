{
  cfg,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "LocalAI, a server for language models";
  docs = "https://localai.io";
  installed = null;

  options.environment = option (types.attrsOf types.str) { } "Variables of the server.";

  unit =
    lib.recursiveUpdate
      (lib.hm.services.loginUnit "Server for local large language models" {
        ExecStart = exe;
        Environment = lib.mapAttrsToList (name: value: "${name}=${value}") cfg.environment;
      })
      {
        Unit.After = [ "network.target" ];
      };
}
