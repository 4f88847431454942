{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "Comodoro, a timer for work and breaks";
  docs = "https://github.com/pimalaya/comodoro";

  options = {
    environment = option (types.attrsOf types.str) { } "Variables of the server." // {
      example.PASSWORD_STORE_DIR = "~/.password-store";
    };
    preset = lib.mkOption {
      type = types.nonEmptyStr;
      example = "work";
      description = "The preset of the configuration that runs.";
    };
    protocols = lib.mkOption {
      type = types.nonEmptyListOf types.nonEmptyStr;
      example = [ "tcp" ];
      description = "How clients reach the server.";
    };
  };

  unit =
    lib.recursiveUpdate
      (lib.hm.services.loginUnit "Comodoro server" {
        ExecStart = "${bin "comodoro"} server start ${cfg.preset} ${lib.concatStringsSep " " cfg.protocols}";
        ExecSearchPath = "/bin";
        Restart = "always";
        RestartSec = 10;
        Environment = lib.mapAttrsToList (name: value: "${name}=${value}") cfg.environment;
      })
      {
        Unit.After = [ "network.target" ];
      };
}
