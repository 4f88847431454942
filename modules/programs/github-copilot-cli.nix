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
    program = "github-copilot-cli";
    title = "GitHub Copilot CLI";
  };

  usualDirectory = "${config.home.homeDirectory}/.copilot";

  # A server as Copilot describes it.
  shaped =
    name: given:
    let
      server = lib.hm.mcp.transformMcpServer {
        server = given;
        extraTransforms = [
          lib.hm.mcp.addType
          (lib.hm.mcp.wrapEnvFilesCommand { inherit pkgs name; })
        ];
      };
      isLocal = lib.elem server.type [
        "local"
        "stdio"
      ];
    in
    { tools = [ "*" ]; }
    // server
    // lib.optionalAttrs isLocal {
      type = "local";
      args = server.args or [ ];
    };

  isUsed = _name: server: !(server.disabled or false) && (server ? url || server ? command);

  servers =
    lib.optionalAttrs (cfg.enableMcpIntegration && config.programs.mcp.enable) (
      lib.mapAttrs shaped (lib.filterAttrs isUsed config.programs.mcp.servers)
    )
    // lib.mapAttrs shaped cfg.mcpServers;

  jsonFile =
    name: hasContents: value:
    lib.mkIf hasContents { source = json.generate "github-copilot-cli-${name}" value; };

  byNameOrDirectory = types.either (types.attrsOf (
    types.oneOf [
      types.lines
      types.path
      types.str
    ]
  )) types.path;
in
{
  title = "GitHub Copilot CLI, a coding agent for the terminal";
  docs = "https://docs.github.com/en/copilot/how-tos/copilot-cli";

  options = {
    configDir = lib.mkOption {
      type = types.str;
      default =
        if config.home.preferXdgDirectories then "${config.xdg.configHome}/copilot" else usualDirectory;
      defaultText = lib.literalExpression ''
        if config.home.preferXdgDirectories then
          "''${config.xdg.configHome}/copilot"
        else
          "''${config.home.homeDirectory}/.copilot"
      '';
      example = lib.literalExpression ''"''${config.xdg.configHome}/copilot"'';
      description = "Directory of the configuration. If it is not the usual one, COPILOT_HOME names it.";
    };

    enableMcpIntegration = option types.bool false "Whether Copilot has the servers of {option}`programs.mcp.servers`. Those of `mcpServers` go before them.";

    settings = option (types.attrsOf json.type) { } "Contents of {file}`config.json` in the directory of the configuration." // {
      example = {
        model = "claude-sonnet-4-5";
        autoUpdate = false;
      };
    };

    context = option (types.either types.lines types.path) "" "Instructions for all projects: contents of {file}`copilot-instructions.md`.";

    mcpServers = option (types.attrsOf json.type) { } "Servers of the Model Context Protocol, by name." // {
      example.playwright = {
        command = "npx";
        args = [ "@playwright/mcp@latest" ];
      };
    };

    lspServers = option (types.attrsOf json.type) { } "Language servers, by name." // {
      example.nix = {
        command = "nixd";
        fileExtensions.".nix" = "nix";
      };
    };

    agents = option byNameOrDirectory { } "Agents by name (Markdown), or a directory of them.";

    skills = option byNameOrDirectory { } "Skills by name (contents, files or directories), or a directory of skills.";
  };

  config = {
    assertions = lib.mapAttrsToList agents.mustBeDirectory { inherit (cfg) agents skills; };

    home.sessionVariables = lib.mkIf (cfg.configDir != usualDirectory) {
      COPILOT_HOME = cfg.configDir;
    };

    home.file = {
      # Copilot adds the time of its first start if it has none.
      "${cfg.configDir}/config.json" = jsonFile "config.json" (cfg.settings != { }) (
        { firstLaunchAt = "1970-01-01T00:00:00.000Z"; } // cfg.settings
      );
      "${cfg.configDir}/mcp-config.json" = jsonFile "mcp-config.json" (servers != { }) {
        mcpServers = servers;
      };
      "${cfg.configDir}/lsp-config.json" = jsonFile "lsp-config.json" (cfg.lspServers != { }) {
        inherit (cfg) lspServers;
      };
      "${cfg.configDir}/copilot-instructions.md" = lib.mkIf (cfg.context != "") (
        agents.fileOf cfg.context
      );
    }
    // agents.filesOf "agents" "${cfg.configDir}/agents" (name: content: {
      name = "${cfg.configDir}/agents/${name}.agent.md";
      value = agents.fileOf content;
    }) cfg.agents
    // agents.skillFiles "${cfg.configDir}/skills" cfg.skills;
  };
}
