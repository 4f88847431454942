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
  orderedJson = lib.hm.generators.mkDAGOrderedJsonFormat {
    inherit pkgs;
    jsonFormat = json;
  };

  agents = import ../lib/agents.nix {
    inherit lib pkgs;
    program = "opencode";
    title = "OpenCode";
  };

  text = types.either types.lines types.path;
  byNameOrDirectory = type: types.either (types.attrsOf type) types.path;

  program = cfg.package.meta.mainProgram or "opencode";
  package = lib.hm.programs.withPrograms pkgs cfg.package program cfg.extraPackages;

  # A server as OpenCode describes it.
  shaped =
    server:
    let
      env = lib.hm.mcp.renderEnv (path: "{file:${path}}") (server.env or { });
    in
    lib.optionalAttrs (server.enabled or null != null) { inherit (server) enabled; }
    // (
      if server.url or null != null then
        {
          type = "remote";
          inherit (server) url;
        }
        // lib.optionalAttrs (server.headers or { } != { }) { inherit (server) headers; }
      else
        {
          type = "local";
          command = [ server.command ] ++ server.args or [ ];
        }
        // lib.optionalAttrs (env != { }) { environment = env; }
    );

  servers =
    lib.optionalAttrs (cfg.enableMcpIntegration && config.programs.mcp.enable) (
      lib.mapAttrs (
        _name: server:
        lib.hm.mcp.transformMcpServer {
          inherit server;
          extraTransforms = [ shaped ];
          exclude = [
            "args"
            "env"
          ];
        }
      ) config.programs.mcp.servers
    )
    // cfg.settings.mcp or { };

  settings = cfg.settings // lib.optionalAttrs (servers != { }) { mcp = servers; };

  # Keys that tui.json has since 1.2.15.
  moved = lib.intersectLists (lib.attrNames cfg.settings) [
    "keybinds"
    "theme"
    "tui"
  ];

  named = directory: extension: name: content: {
    name = "opencode/${directory}/${name}${extension}";
    value = agents.fileOf content;
  };

  themeFile = name: theme: {
    name = "opencode/themes/${name}.json";
    value.source =
      if lib.hm.strings.isPathLike theme then
        theme
      else
        json.generate "opencode-${name}.json" ({ "$schema" = "https://opencode.ai/theme.json"; } // theme);
  };

  serve = [
    (lib.hm.options.programPath' package program)
    "serve"
  ]
  ++ cfg.web.extraArgs;

  serveWithEnvironment = pkgs.writeShellScriptBin "opencode-launchd-wrapper" ''
    source ${cfg.web.environmentFile}
    ${lib.escapeShellArgs serve}
  '';
in
{
  title = "OpenCode, a coding agent for the terminal";
  docs = "https://opencode.ai/docs";
  installed = package;

  renamed.rules = "context";

  options = {
    extraPackages = option (types.listOf types.package) [ ] "Packages that OpenCode finds in PATH.";

    enableMcpIntegration = option types.bool false "Whether OpenCode has the servers of {option}`programs.mcp.servers`. Servers in `settings.mcp` go before them.";

    settings = option json.type { } "Contents of {file}`$XDG_CONFIG_HOME/opencode/opencode.json`, with `lib.hm.dag` where the order counts. See <https://opencode.ai/docs/config>." // {
      example = {
        model = "anthropic/claude-sonnet-4-20250514";
        autoupdate = true;
      };
    };

    tui = option json.type { } "Contents of {file}`$XDG_CONFIG_HOME/opencode/tui.json`. See <https://opencode.ai/docs/config#tui>." // {
      example.theme = "system";
    };

    web = {
      enable = lib.mkEnableOption "the service that serves OpenCode";

      extraArgs = option (types.listOf types.str) [ ] "Arguments of {command}`opencode serve`." // {
        example = [
          "--port"
          "4096"
        ];
      };

      environmentFile = option (types.nullOr types.path) null "A file with environment variables of the service, such as OPENCODE_SERVER_PASSWORD." // {
        example = "/run/secrets/opencode-web";
      };
    };

    context = option text "" "Instructions for all projects: contents of {file}`$XDG_CONFIG_HOME/opencode/AGENTS.md`.";

    commands = option (byNameOrDirectory text) { } "Commands by name (Markdown), or a directory of them.";

    agents = option (byNameOrDirectory text) { } "Agents by name (Markdown), or a directory of them.";

    skills = option (byNameOrDirectory (
      types.oneOf [
        types.lines
        types.path
        types.str
      ]
    )) { } "Skills by name (contents, files or directories), or a directory of skills.";

    themes = option (byNameOrDirectory (types.either json.type types.path)) { } "Themes by name, or a directory of them. See <https://opencode.ai/docs/themes>.";

    tools = option (byNameOrDirectory text) { } "Tools by name (TypeScript), or a directory of them. See <https://opencode.ai/docs/custom-tools>.";
  };

  config = {
    assertions = lib.mapAttrsToList agents.mustBeDirectory {
      inherit (cfg)
        agents
        commands
        skills
        themes
        tools
        ;
    };

    warnings =
      lib.optional
        (moved != [ ] && (cfg.package == null || lib.versionAtLeast (lib.getVersion cfg.package) "1.2.15"))
        ''
          programs.opencode.settings contains deprecated TUI-specific keys: ${lib.concatStringsSep ", " moved}

          These settings should be moved to programs.opencode.tui instead.

          OpenCode v1.2.15+ requires TUI settings in a separate tui.json file.
          See: https://opencode.ai/docs/config#tui
        '';

    xdg.configFile = {
      "opencode/opencode.json" = lib.mkIf (settings != { }) {
        source = orderedJson.generate "opencode.json" (
          { "$schema" = "https://opencode.ai/config.json"; } // settings
        );
      };
      "opencode/tui.json" = lib.mkIf (cfg.tui != { }) {
        source = json.generate "tui.json" ({ "$schema" = "https://opencode.ai/tui.json"; } // cfg.tui);
      };
      "opencode/AGENTS.md" = lib.mkIf (cfg.context != "") (
        lib.hm.files.contents (_value: null) cfg.context
      );
    }
    // agents.filesOf "commands" "opencode/commands" (named "commands" ".md") cfg.commands
    // agents.filesOf "agents" "opencode/agents" (named "agents" ".md") cfg.agents
    // agents.filesOf "tools" "opencode/tools" (named "tools" ".ts") cfg.tools
    // agents.filesOf "themes" "opencode/themes" themeFile cfg.themes
    // agents.skillFiles "opencode/skills" cfg.skills;

    systemd.user.services.opencode-web = lib.mkIf cfg.web.enable {
      Unit = {
        Description = "OpenCode Web Service";
        After = [ "network.target" ];
      };
      Service = {
        ExecStart = "${lib.head serve} serve ${lib.escapeShellArgs cfg.web.extraArgs}";
        Restart = "always";
        RestartSec = 5;
      }
      // lib.optionalAttrs (cfg.web.environmentFile != null) {
        EnvironmentFile = cfg.web.environmentFile;
      };
      Install.WantedBy = [ "default.target" ];
    };

    launchd.agents.opencode-web = lib.mkIf cfg.web.enable {
      enable = true;
      config = {
        ProgramArguments =
          if cfg.web.environmentFile == null then serve else [ (lib.getExe serveWithEnvironment) ];
        KeepAlive = {
          Crashed = true;
          SuccessfulExit = false;
        };
        ProcessType = "Background";
        RunAtLoad = true;
      };
    };
  };
}
