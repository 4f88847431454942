{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  package =
    if cfg.acceleration == null || cfg.package == null then
      cfg.package
    else
      cfg.package.override { inherit (cfg) acceleration; };

  program = lib.hm.options.programPath package "ollama";

  address = "${cfg.host}:${toString cfg.port}";
in
{
  title = "Ollama, a server for language models";
  docs = "https://docs.ollama.com";
  installed = package;

  options = {
    host = option types.str "127.0.0.1" "The address of the server." // {
      example = "[::]";
    };
    port = option types.port 11434 "The port of the server." // {
      example = 11111;
    };
    acceleration =
      option (types.nullOr (
        types.enum [
          false
          "rocm"
          "cuda"
          "vulkan"
        ]
      )) null "What computes: false is the processor, the others kinds of graphics cards; null is what nixpkgs is configured for."
      // {
        example = "rocm";
      };
    environmentVariables = option (types.attrsOf types.str) { } "Variables of the server." // {
      example.OLLAMA_LLM_LIBRARY = "cpu";
    };
  };

  unit = {
    Unit = {
      Description = "Server for local large language models";
      After = [ "network.target" ];
    };
    Service = {
      ExecStart = "${program} serve";
      Environment = lib.mapAttrsToList (name: value: "${name}=${value}") cfg.environmentVariables ++ [
        "OLLAMA_HOST=${address}"
      ];
    };
    Install.WantedBy = [ "default.target" ];
  };

  config.launchd.agents.ollama = {
    enable = true;
    config = {
      ProgramArguments = [
        program
        "serve"
      ];
      EnvironmentVariables = cfg.environmentVariables // {
        OLLAMA_HOST = address;
      };
      KeepAlive = {
        Crashed = true;
        SuccessfulExit = false;
      };
      ProcessType = "Background";
    };
  };
}
