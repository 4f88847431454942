{
  cfg,
  config,
  lib,
  option,
  options,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };
  toml = pkgs.formats.toml { };

  agents = import ../lib/agents.nix {
    inherit lib pkgs;
    program = "antigravity-cli";
    title = "Antigravity CLI";
  };

  # The program was Gemini CLI before, which has other files.
  formerOptions = [
    "commands"
    "context"
    "defaultModel"
    "enable"
    "enableMcpIntegration"
    "mcpServers"
    "package"
    "permissions"
    "policies"
    "settings"
    "skills"
    "useLegacyGeminiConfig"
  ];
  usesFormerOptions = lib.any (name: options.programs.gemini-cli.${name}.isDefined) formerOptions;

  isGemini =
    cfg.useLegacyGeminiConfig || (cfg.package != null && lib.getName cfg.package == "gemini-cli");

  permissions = lib.optionalAttrs (cfg.permissions != null) { inherit (cfg) permissions; };

  servers = lib.recursiveUpdate (cfg.settings.mcpServers or { }) cfg.mcpServers;

  geminiSettings = lib.recursiveUpdate permissions (
    lib.recursiveUpdate cfg.settings (lib.optionalAttrs (servers != { }) { mcpServers = servers; })
  );

  settings = lib.recursiveUpdate permissions (removeAttrs cfg.settings [ "mcpServers" ]);

  sharedServers = lib.mkIf (cfg.enableMcpIntegration && config.programs.mcp.enable) (
    lib.mapAttrs (
      name: server:
      lib.hm.mcp.transformMcpServer {
        inherit server;
        extraTransforms = [
          lib.hm.mcp.addType
          (lib.hm.mcp.wrapEnvFilesCommand { inherit pkgs name; })
          (lib.mapAttrs (_name: lib.mkDefault))
        ];
      }
    ) config.programs.mcp.servers
  );

  # A server as Antigravity describes it.
  shaped =
    server:
    let
      isRemote = lib.any (name: server.${name} or null != null) [
        "httpUrl"
        "serverUrl"
        "url"
      ];
    in
    lib.filterAttrs (_name: value: value != null && value != [ ] && value != { }) (
      removeAttrs server (
        [
          "enabled"
          "httpUrl"
          "url"
        ]
        ++ lib.optionals isRemote [
          "args"
          "command"
          "env"
        ]
      )
      // lib.optionalAttrs (server ? httpUrl) { serverUrl = server.httpUrl; }
      // lib.optionalAttrs (server ? url) { serverUrl = server.url; }
      // lib.optionalAttrs (lib.hm.mcp.resolveEnabled server == false) { disabled = true; }
    );

  # Antigravity has skills instead of commands.
  commandSkill =
    path: command:
    let
      name = lib.replaceStrings [ "/" ] [ ":" ] path;
    in
    lib.nameValuePair ".gemini/antigravity-cli/skills/${name}/SKILL.md" {
      text = ''
        ---
        name: ${name}
        description: ${command.description}
        ---

        ${command.prompt}
      '';
    };

  rules = option (types.listOf types.str) [ ];
in
{
  title = "Antigravity CLI, a coding agent for the terminal";
  docs = "https://antigravity.google/docs/cli";

  imports = map (
    name:
    lib.mkRenamedOptionModule
      [
        "programs"
        "gemini-cli"
        name
      ]
      [
        "programs"
        "antigravity-cli"
        name
      ]
  ) formerOptions;

  options = {
    useLegacyGeminiConfig = option types.bool false "Whether the files are those of Gemini CLI. They are if the package is `gemini-cli`.";

    enableMcpIntegration = option types.bool false "Whether the program has the servers of {option}`programs.mcp.servers`. Those of `mcpServers` go before them.";

    settings = option json.type { } "Contents of {file}`~/.gemini/antigravity-cli/settings.json`." // {
      example.colorScheme = "tokyo night";
    };

    mcpServers = option json.type { } "Servers of the Model Context Protocol, by name, in {file}`~/.gemini/config/mcp_config.json`." // {
      example.github.serverUrl = "https://api.githubcopilot.com/mcp/";
    };

    commands = option (types.attrsOf (
      types.submodule {
        freeformType = types.str;
        options = {
          prompt = lib.mkOption {
            type = types.str;
            description = "What the program is asked.";
          };
          description = lib.mkOption {
            type = types.str;
            description = "What the command does, for its help.";
          };
        };
      }
    )) { } "Commands by name, which are skills if the program is not Gemini CLI.";

    permissions = option (types.nullOr (
      types.submodule {
        options = {
          allow = rules "Actions that are allowed.";
          deny = rules "Actions that are not allowed.";
          ask = rules "Actions that the program asks about.";
        };
      }
    )) null "Permissions of the program, part of the settings." // {
      example = lib.literalExpression ''{ allow = [ "command(git)" ]; }'';
    };

    policies = option (types.attrsOf (
      types.either types.path toml.type
    )) { } "Policies of Gemini CLI by name, in {file}`~/.gemini/policies`.";

    defaultModel = option (types.nullOr types.str) null "The model, in GEMINI_MODEL." // {
      example = "gemini-2.5-flash";
    };

    context = option (types.attrsOf (
      types.either types.lines types.path
    )) { } "Instructions for all projects, in Markdown files below {file}`~/.gemini` by name." // {
      example.GEMINI = "Answer briefly.";
    };

    skills = option (types.either (types.attrsOf (
      types.either types.lines types.path
    )) types.path) { } "Skills by name (contents, files or directories), or a directory of skills.";
  };

  config = [
    {
      home.sessionVariables = lib.mkIf (cfg.defaultModel != null) { GEMINI_MODEL = cfg.defaultModel; };
      home.file = lib.mapAttrs' (
        name: content:
        lib.nameValuePair ".gemini/${name}.md" (lib.hm.files.contents (_value: null) content)
      ) cfg.context;
      assertions = [ (agents.mustBeDirectory "skills" cfg.skills) ];
    }

    (lib.mkIf usesFormerOptions {
      programs.antigravity-cli = {
        package = lib.mkDefault (pkgs.gemini-cli or null);
        useLegacyGeminiConfig = lib.mkDefault true;
      };
    })

    (lib.mkIf isGemini {
      programs.antigravity-cli.settings.mcpServers = sharedServers;

      home.file =
        lib.optionalAttrs (geminiSettings != { }) {
          ".gemini/settings.json".source = json.generate "gemini-cli-settings.json" geminiSettings;
        }
        // lib.hm.files.inDirectory ".gemini/commands" ".toml" (name: command: {
          source = toml.generate "gemini-cli-command-${name}.toml" {
            inherit (command) description prompt;
          };
        }) cfg.commands
        // lib.hm.files.inDirectory ".gemini/policies" ".toml" (name: policy: {
          source =
            if lib.hm.strings.isPathLike policy then
              policy
            else
              toml.generate "gemini-cli-policy-${name}.toml" policy;
        }) cfg.policies
        // agents.skillFiles ".gemini/skills" cfg.skills;
    })

    (lib.mkIf (!isGemini) {
      programs.antigravity-cli.mcpServers = sharedServers;

      assertions = [
        {
          assertion = cfg.policies == { };
          message = ''
            `programs.antigravity-cli.policies` is only supported when
            `programs.antigravity-cli.package` is a `gemini-cli` package.
            Antigravity CLI configures permissions in
            `programs.antigravity-cli.settings.permissions` or
            `programs.antigravity-cli.permissions`.
          '';
        }
      ];

      home.file =
        lib.optionalAttrs (settings != { }) {
          ".gemini/antigravity-cli/settings.json".source =
            json.generate "antigravity-cli-settings.json" settings;
        }
        // lib.optionalAttrs (servers != { }) {
          ".gemini/config/mcp_config.json".source = json.generate "antigravity-cli-mcp-config.json" {
            mcpServers = lib.mapAttrs (_name: shaped) servers;
          };
        }
        // lib.mapAttrs' commandSkill cfg.commands
        // agents.skillFiles ".gemini/antigravity-cli/skills" cfg.skills;
    })
  ];
}
