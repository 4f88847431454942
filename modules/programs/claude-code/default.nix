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
  inherit (lib.hm.strings) isPathLike;
  inherit (lib.strings) sanitizeDerivationName;

  json = pkgs.formats.json { };

  agents = import ../../lib/agents.nix {
    inherit lib pkgs;
    program = "claude-code";
    title = "Claude Code";
  };

  text = types.either types.lines types.path;

  byName = option (types.attrsOf text) { };
  directory = option (types.nullOr types.path) null;

  usualDirectory = "${config.home.homeDirectory}/.claude";

  version = if cfg.package == null then "" else lib.getVersion cfg.package;
  atLeast = minimum: cfg.package == null || (version != "" && lib.versionAtLeast version minimum);

  # Plugins are arguments of the program since the one version, and below the directory of skills
  # since the other. A package without a version may be of any.
  takesPluginArguments = version == "" || atLeast "2.1.76";
  hasPersonalPlugins = atLeast "2.1.157";

  sharedServers = lib.optionalAttrs (
    cfg.enableMcpIntegration && config.programs.mcp.enable
  ) config.programs.mcp.servers;

  servers =
    lib.mapAttrs (
      name: server:
      lib.hm.mcp.transformMcpServer {
        inherit server;
        exclude = [ "enabled" ];
        extraTransforms = [
          lib.hm.mcp.addType
          (lib.hm.mcp.wrapEnvFilesCommand { inherit pkgs name; })
        ];
      }
    ) sharedServers
    // lib.mapAttrs (
      _name: server: removeAttrs (lib.hm.mcp.addType server) [ "enabled" ]
    ) cfg.mcpServers;

  isOff = _name: server: server.enabled or null == false || server.disabled or false == true;
  serversOff = lib.attrNames (lib.filterAttrs isOff (sharedServers // cfg.mcpServers));

  plugins = import ./plugins.nix {
    inherit json lib pkgs;
    inherit (cfg) lspServers package plugins;
    mcpServers = servers;
  };
  pluginNames = map (plugin: plugin.name) plugins.entries;
  usesArguments = plugins.sources != [ ] && !hasPersonalPlugins;

  skillNames =
    if lib.isPath cfg.skills && lib.pathIsDirectory cfg.skills then
      lib.attrNames (builtins.readDir cfg.skills)
    else if isPathLike cfg.skills then
      [ ]
    else
      lib.attrNames cfg.skills;

  sharedNameMessage = "`programs.claude-code.skills` and managed plugins must have unique directory names";

  # A directory of skills that is still to be built.
  builtSkills = pkgs.runCommandLocal "claude-code-skills" { } ''
    source=${lib.escapeShellArg "${cfg.skills}"}
    if [[ ! -d "$source" ]]; then
      echo "programs.claude-code.skills must be a directory when set to a path" >&2
      exit 1
    fi
    ${lib.optionalString hasPersonalPlugins (
      lib.concatMapStringsSep "\n" (name: ''
        if [[ -e "$source"/${lib.escapeShellArg name} || -L "$source"/${lib.escapeShellArg name} ]]; then
          echo "programs.claude-code.skills and managed plugins must have unique directory names" >&2
          exit 1
        fi
      '') pluginNames
    )}
    ln -s "$source" "$out"
  '';

  builtSkill =
    name: content:
    pkgs.runCommandLocal "claude-code-skill-${sanitizeDerivationName name}" { } ''
      source=${lib.escapeShellArg "${content}"}
      if [[ -d "$source" ]]; then
        ln -s "$source" "$out"
      elif [[ -f "$source" ]]; then
        mkdir -p "$out"
        ln -s "$source" "$out/SKILL.md"
      else
        echo "Claude Code skill source '$source' is neither a file nor a directory" >&2
        exit 1
      fi
    '';

  recursively = source: {
    inherit source;
    recursive = true;
  };

  skillFile =
    name: content:
    let
      path = "${cfg.configDir}/skills/${name}";
    in
    if lib.isPath content && lib.pathIsDirectory content then
      lib.nameValuePair path (recursively content)
    else if isPathLike content && !lib.isPath content then
      lib.nameValuePair path (recursively (builtSkill name content))
    else
      lib.nameValuePair "${path}/SKILL.md" (agents.fileOf content);

  skillFiles =
    if isPathLike cfg.skills then
      {
        "${cfg.configDir}/skills" = recursively (
          if lib.isPath cfg.skills then cfg.skills else builtSkills
        );
      }
    else
      lib.mapAttrs' skillFile cfg.skills;

  markdown =
    name: lib.hm.files.inDirectory "${cfg.configDir}/${name}" ".md" (_name: agents.fileOf);

  whole =
    name: source:
    lib.optionalAttrs (source != null) { "${cfg.configDir}/${name}" = recursively source; };

  marketplace = path: {
    source = {
      source = "directory";
      inherit path;
    };
  };

  # Claude Code replaces the file in its directory, hence a directory around it.
  settingsFile =
    let
      file = json.generate "claude-code-settings.json" (
        cfg.settings
        // {
          "$schema" = "https://json.schemastore.org/claude-code-settings.json";
        }
        // lib.optionalAttrs (cfg.marketplaces != { }) {
          extraKnownMarketplaces = lib.mapAttrs (_name: marketplace) cfg.marketplaces;
        }
        // lib.optionalAttrs (serversOff != [ ]) {
          disabledMcpjsonServers = lib.unique (cfg.settings.disabledMcpjsonServers or [ ] ++ serversOff);
        }
      );
      directory = pkgs.runCommand "claude-code-settings-directory" { } ''
        install -Dm444 ${file} "$out/settings.json"
      '';
    in
    "${directory}/settings.json";

  movedToContext =
    from: to:
    lib.mkChangedOptionModule (
      [
        "programs"
        "claude-code"
      ]
      ++ from
    ) [ "programs" "claude-code" to ] (
      lib.getAttrFromPath (
        [
          "programs"
          "claude-code"
        ]
        ++ from
      )
    );

  exclusive = name: {
    assertion = cfg.${name} == { } || cfg."${name}Dir" == null;
    message = "Cannot specify both `programs.claude-code.${name}` and `programs.claude-code.${name}Dir`";
  };
in
{
  title = "Claude Code, a coding agent for the terminal";
  docs = "https://code.claude.com/docs/en/settings";
  installed = if cfg.package == null then null else cfg.finalPackage;

  imports = [
    (movedToContext [ "memory" "text" ] "context")
    (movedToContext [ "memory" "source" ] "context")
    (movedToContext [ "skillsDir" ] "skills")
  ];

  options = {
    finalPackage = lib.mkOption {
      type = types.package;
      readOnly = true;
      internal = true;
      description = "Claude Code with its plugins.";
    };

    enableMcpIntegration = option types.bool false "Whether Claude Code has the servers of {option}`programs.mcp.servers`. Those of `mcpServers` go before them.";

    configDir = lib.mkOption {
      type = types.str;
      default = usualDirectory;
      defaultText = lib.literalExpression ''"''${config.home.homeDirectory}/.claude"'';
      example = lib.literalExpression ''"''${config.xdg.configHome}/claude"'';
      description = "Directory of the configuration. If it is not the usual one, CLAUDE_CONFIG_DIR names it.";
    };

    settings = option json.type { } "Contents of {file}`settings.json` in the directory of the configuration." // {
      example.permissions.allow = [ "Bash(git diff:*)" ];
    };

    context = option text "" "Instructions for all projects: contents of {file}`CLAUDE.md`.";

    plugins =
      let
        plugin = types.either types.package types.path;
      in
      option (types.either (types.attrsOf plugin) (
        types.listOf plugin
      )) { } "Directories of plugins by name. See <https://code.claude.com/docs/en/plugins>." // {
        example = lib.literalExpression "{ my-plugin = ./my-plugin; }";
      };

    marketplaces = option (types.attrsOf (types.either types.package types.path)) { } "Directories of marketplaces by name.";

    agents = byName "Agents by name (Markdown).";
    commands = byName "Commands by name (Markdown).";
    hooks = byName "Scripts of hooks by name.";
    rules = byName "Rules by name (Markdown).";
    outputStyles = byName "Styles of output by name (Markdown).";

    agentsDir = directory "A directory of agents.";
    commandsDir = directory "A directory of commands.";
    hooksDir = directory "A directory of scripts of hooks.";
    rulesDir = directory "A directory of rules.";

    skills = option (types.either (types.attrsOf text) types.path) { } "Skills by name (contents, files or directories), or a directory of skills.";

    lspServers = option (types.attrsOf json.type) { } "Language servers, by name." // {
      example.go = {
        command = "gopls";
        extensionToLanguage.".go" = "go";
      };
    };

    mcpServers = option (types.attrsOf json.type) { } "Servers of the Model Context Protocol, by name." // {
      example.github = {
        type = "http";
        url = "https://api.githubcopilot.com/mcp/";
      };
    };
  };

  config = {
    warnings =
      lib.optional (lib.isList cfg.plugins && cfg.plugins != [ ]) ''
        `programs.claude-code.plugins` is set to a list. Names are then derived
        from each entry's base name, which for store paths yields unstable
        directory names such as `bxa1s0m3h4sh-source`. Use an attribute set
        instead so plugin directory names stay stable and readable:

          plugins.my-plugin = ./my-plugin;
      ''
      ++ lib.optional (usesArguments && takesPluginArguments) ''
        `programs.claude-code.package` ${
          if version == "" then "has no detectable version and" else "version ${version}"
        }
        uses the legacy `--plugin-dir` wrapper. Strict-parser subcommands such
        as `claude rc` may reject managed MCP, LSP, or plugin arguments. Upgrade
        Claude Code to version 2.1.157 or later to use persistent personal
        plugins instead.
      '';

    assertions = [
      {
        assertion = plugins.sources == [ ] || takesPluginArguments;
        message = "Managed Claude Code MCP, LSP, and plugins require `programs.claude-code.package` version 2.1.76 or later";
      }
      (agents.mustBeDirectory "skills" cfg.skills)
      {
        assertion = !hasPersonalPlugins || lib.allUnique pluginNames;
        message = "`programs.claude-code.plugins` entries must resolve to unique personal-plugin directory names";
      }
      {
        assertion = !hasPersonalPlugins || lib.intersectLists skillNames pluginNames == [ ];
        message = sharedNameMessage;
      }
    ]
    ++ map exclusive [
      "rules"
      "agents"
      "commands"
      "hooks"
    ];

    programs.claude-code.finalPackage = lib.mkIf (cfg.package != null) (
      if usesArguments then plugins.wrapped else cfg.package
    );

    home = {
      sessionVariables = lib.mkIf (cfg.configDir != usualDirectory) {
        CLAUDE_CONFIG_DIR = cfg.configDir;
      };

      file = lib.mkMerge [
        {
          "${cfg.configDir}/settings.json" =
            lib.mkIf (cfg.settings != { } || cfg.marketplaces != { } || serversOff != [ ])
              { source = settingsFile; };

          "${cfg.configDir}/CLAUDE.md" = lib.mkIf (cfg.context != "") (
            if lib.isPath cfg.context then { source = cfg.context; } else { text = cfg.context; }
          );

          "${cfg.configDir}/plugins/known_marketplaces.json" = lib.mkIf (cfg.marketplaces != { }) {
            source = json.generate "claude-code-known-marketplaces.json" (
              lib.mapAttrs (
                _name: path:
                marketplace path
                // {
                  installLocation = path;
                  lastUpdated = "1970-01-01T00:00:00Z";
                }
              ) cfg.marketplaces
            );
          };
        }
        (markdown "agents" cfg.agents)
        (markdown "commands" cfg.commands)
        (markdown "rules" cfg.rules)
        (markdown "output-styles" cfg.outputStyles)
        (whole "agents" cfg.agentsDir)
        (whole "commands" cfg.commandsDir)
        (whole "hooks" cfg.hooksDir)
        (whole "rules" cfg.rulesDir)
        (lib.hm.files.inDirectory "${cfg.configDir}/hooks" "" (
          _name: content: agents.fileOf content // { executable = true; }
        ) cfg.hooks)
        skillFiles

        # Each plugin is one link, for Claude Code skips agents and commands that are links.
        (lib.optionalAttrs hasPersonalPlugins (
          lib.listToAttrs (
            map (plugin: {
              name = "${cfg.configDir}/skills/${plugin.name}";
              value = { inherit (plugin) source; };
            }) plugins.entries
          )
        ))
      ];
    };
  };
}
