{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };

  agents = import ../lib/agents.nix {
    inherit lib pkgs;
    program = "crush";
    title = "Crush";
  };

  server =
    server:
    lib.hm.mcp.transformMcpServer {
      inherit server;
      exclude = [ "enabled" ];
      extraTransforms = [ lib.hm.mcp.addType ];
      mkFileRef = path: "$(cat ${lib.escapeShellArg path})";
    }
    // lib.optionalAttrs (server.enabled or null == false || server.disabled or false) {
      disabled = true;
    };

  servers =
    lib.optionalAttrs (cfg.enableMcpIntegration && config.programs.mcp.enable) (
      lib.mapAttrs (_name: server) config.programs.mcp.servers
    )
    // cfg.settings.mcp or { };

  settings = cfg.settings // lib.optionalAttrs (servers != { }) { mcp = servers; };
in
{
  title = "Crush, a coding agent for the terminal";
  docs = "https://github.com/charmbracelet/crush#configuration";

  options = {
    enableMcpIntegration = option types.bool false "Whether Crush has the servers of {option}`programs.mcp.servers`. Servers in `settings.mcp` go before them.";

    settings = option json.type { } "Contents of {file}`$XDG_CONFIG_HOME/crush/crush.json`. See <https://github.com/charmbracelet/crush#configuration>." // {
      example.models.large = {
        model = "claude-sonnet-4-20250514";
        provider = "anthropic";
      };
    };

    skills = option (types.either (types.attrsOf (
      types.oneOf [
        types.lines
        types.path
        types.str
      ]
    )) types.path) { } "Skills by name (contents, files or directories), or a directory of skills." // {
      example = lib.literalExpression "{ git-release = ./git-release.md; }";
    };
  };

  config = {
    assertions = [ (agents.mustBeDirectory "skills" cfg.skills) ];

    xdg.configFile = {
      "crush/crush.json" = lib.mkIf (settings != { }) {
        source = json.generate "crush.json" ({ "$schema" = "https://charm.land/crush.json"; } // settings);
      };
    }
    // agents.skillFiles "crush/skills" cfg.skills;
  };
}
