{
  cfg,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "exo, which runs language models on several machines";
  docs = "https://github.com/exo-explore/exo";

  options = {
    environmentVariables = option (types.attrsOf types.str) { } "Variables of the program." // {
      example.EXO_OFFLINE = "true";
    };
    extraArgs = option (types.listOf types.str) [ ] "Arguments of {command}`exo`." // {
      example = [ "--no-worker" ];
    };
  };

  unit =
    lib.recursiveUpdate
      (lib.hm.services.loginUnit "exo local AI cluster node" {
        ExecStart = lib.escapeShellArgs ([ exe ] ++ cfg.extraArgs);
        Environment = lib.mapAttrsToList (name: value: "${name}=${value}") cfg.environmentVariables;
        Restart = "on-failure";
      })
      {
        Unit.After = [ "network.target" ];
      };

  config.launchd.agents.exo = {
    enable = true;
    config = {
      ProgramArguments = [ exe ] ++ cfg.extraArgs;
      EnvironmentVariables = cfg.environmentVariables;
      KeepAlive = {
        Crashed = true;
        SuccessfulExit = false;
      };
      ProcessType = "Background";
      RunAtLoad = true;
    };
  };
}
