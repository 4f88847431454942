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

  json = pkgs.formats.json { };
  toml = pkgs.formats.toml { };
  yaml = pkgs.formats.yaml { };

  text = types.either types.lines types.path;

  agents = import ../../lib/agents.nix {
    inherit lib pkgs;
    program = "codex";
    title = "Codex";
  };

  atLeast = version: cfg.package == null || lib.versionAtLeast (lib.getVersion cfg.package) version;
  isToml = atLeast "0.2.0";

  isXdg = config.home.preferXdgDirectories && isToml;
  configDir =
    if isXdg then
      "${lib.removePrefix "${config.home.homeDirectory}/" config.xdg.configHome}/codex"
    else
      ".codex";

  # A path that is still to be built, checked then.
  checked =
    test: kind: name: source:
    if lib.isPath source then
      source
    else
      pkgs.runCommandLocal "codex-${lib.strings.sanitizeDerivationName name}" { } ''
        source=${lib.escapeShellArg "${source}"}
        if [[ ! ${test} "$source" ]]; then
          echo "Codex ${name} source '$source' is not a ${kind}" >&2
          exit 1
        fi
        ln -s "$source" "$out"
      '';

  plugins = import ./plugins.nix {
    inherit configDir lib pkgs;
    inherit (cfg) marketplaces plugins;
    checkedDirectory = checked "-d" "directory";
  };

  servers = lib.optionalAttrs (cfg.enableMcpIntegration && config.programs.mcp.enable) (
    lib.mapAttrs (
      name: server:
      lib.hm.mcp.transformMcpServer {
        inherit server;
        exclude = [
          "headers"
          "type"
        ];
        extraTransforms = [
          (
            server:
            server // lib.optionalAttrs (server.headers or { } != { }) { http_headers = server.headers; }
          )
          lib.hm.mcp.addType
          (lib.hm.mcp.wrapEnvFilesCommand { inherit pkgs name; })
        ];
      }
    ) config.programs.mcp.servers
  );

  # Since 0.134.0 each profile has a file.
  given = if cfg.settings == null then { } else cfg.settings;
  hasFormerProfiles = atLeast "0.134.0" && (given ? profile || given ? profiles);
  formerProfiles =
    if hasFormerProfiles && lib.isAttrs (given.profiles or null) then given.profiles else { };

  settings =
    let
      base = lib.recursiveUpdate (
        if hasFormerProfiles then
          removeAttrs given [
            "profile"
            "profiles"
          ]
        else
          given
      ) plugins.settings;
      allServers = servers // base.mcp_servers or { };
    in
    base // lib.optionalAttrs (allServers != { }) { mcp_servers = allServers; };

  written = plugins.filesOf {
    config = settings;
    configPath = "${configDir}/${if isToml then "config.toml" else "config.yaml"}";
    generate = (if isToml then toml else yaml).generate;
  };

  skillDirectory =
    content:
    if lib.isPath content && lib.pathIsDirectory content then
      content
    else if lib.isPath content then
      pkgs.writeTextDir "SKILL.md" (builtins.readFile content)
    else if isPathLike content then
      pkgs.runCommandLocal "codex-skill" { } ''
        source=${lib.escapeShellArg "${content}"}
        if [[ -d "$source" ]]; then
          ln -s "$source" "$out"
        elif [[ -f "$source" ]]; then
          mkdir -p "$out"
          cp "$source" "$out/SKILL.md"
        else
          echo "Codex skill source '$source' is neither a file nor a directory" >&2
          exit 1
        fi
      ''
    else
      pkgs.writeTextDir "SKILL.md" content;

  # A directory of skills, some of which may be files.
  builtSkills = pkgs.runCommandLocal "codex-skills" { } ''
    source=${lib.escapeShellArg "${cfg.skills}"}
    if [[ ! -d "$source" ]]; then
      echo "programs.codex.skills must be a directory when set to a path" >&2
      exit 1
    fi

    mkdir -p "$out/stage" "$out/normalized"
    shopt -s dotglob nullglob
    for skill in "$source"/*; do
      name="''${skill##*/}"
      if [[ -d "$skill" ]]; then
        ln -s "$skill" "$out/stage/$name"
      elif [[ -f "$skill" ]]; then
        mkdir -p "$out/normalized/$name"
        cp "$skill" "$out/normalized/$name/SKILL.md"
        ln -s "$out/normalized/$name" "$out/stage/$name"
      else
        echo "Codex skill source '$skill' is neither a file nor a directory" >&2
        exit 1
      fi
    done
  '';

  skillSources =
    if lib.isPath cfg.skills && lib.pathIsDirectory cfg.skills then
      lib.mapAttrs (name: _type: cfg.skills + "/${name}") (builtins.readDir cfg.skills)
    else if isPathLike cfg.skills then
      { }
    else
      cfg.skills;

  skillFiles =
    lib.hm.files.inDirectory "${configDir}/skills" "" (_name: content: {
      source = skillDirectory content;
    }) skillSources
    // lib.optionalAttrs (isPathLike cfg.skills && !lib.isPath cfg.skills) {
      "${configDir}/skills" = {
        source = builtSkills + "/stage";
        recursive = true;
        ignorelinks = true;
      };
    };

  # A file of hooks, or a directory with one.
  builtHooks = pkgs.runCommandLocal "codex-hooks" { } ''
    source=${lib.escapeShellArg "${cfg.hooks}"}
    mkdir -p "$out"
    if [[ -d "$source" ]]; then
      if [[ ! -f "$source/hooks.json" ]]; then
        echo "programs.codex.hooks directory must contain a hooks.json file" >&2
        exit 1
      fi
      ln -s "$source/hooks.json" "$out/hooks.json"
      ln -s "$source" "$out/hooks"
    elif [[ -f "$source" ]]; then
      ln -s "$source" "$out/hooks.json"
    else
      echo "programs.codex.hooks must be a file or directory when set to a path" >&2
      exit 1
    fi
  '';

  hooksFiles =
    if lib.isPath cfg.hooks && lib.pathIsDirectory cfg.hooks then
      {
        "${configDir}/hooks.json".source = cfg.hooks + "/hooks.json";
        "${configDir}/hooks" = {
          source = cfg.hooks;
          recursive = true;
        };
      }
    else if lib.isPath cfg.hooks then
      { "${configDir}/hooks.json".source = cfg.hooks; }
    else if isPathLike cfg.hooks then
      {
        ${configDir} = {
          source = builtHooks;
          recursive = true;
        };
      }
    else
      lib.optionalAttrs (cfg.hooks != { }) {
        "${configDir}/hooks.json".source = json.generate "codex-hooks" { inherit (cfg) hooks; };
      };

  contextFile =
    content:
    if lib.isPath content then { source = content; } else lib.mkIf (content != "") { text = content; };
in
{
  title = "Codex, a coding agent for the terminal";
  docs = "https://developers.openai.com/codex/config-reference";

  renamed."custom-instructions" = "context";

  options = {
    enableMcpIntegration = option types.bool false "Whether Codex has the servers of {option}`programs.mcp.servers`. Servers in `settings.mcp_servers` go before them.";

    settings = option (types.nullOr toml.type) { } "Contents of {file}`~/.codex/config.toml`." // {
      example.model = "gpt-5.5";
    };

    profiles = option (types.attrsOf toml.type) { } "Profiles by name, in files {file}`NAME.config.toml` beside the configuration." // {
      example.deep-review.model_reasoning_effort = "xhigh";
    };

    context = option text "" "Instructions for all projects: contents of {file}`AGENTS.md`.";

    contextOverride = option (types.nullOr text) null "Instructions instead of `context` for a while: contents of {file}`AGENTS.override.md`.";

    hooks = option (types.either json.type types.path) { } "Hooks: contents of {file}`hooks.json`, such a file, or a directory with one. See <https://developers.openai.com/codex/hooks>.";

    plugins = option (types.listOf (types.either types.package types.path)) [ ] "Directories of plugins." // {
      example = lib.literalExpression "[ ./my-plugin ]";
    };

    marketplaces = option (types.attrsOf (types.either types.package types.path)) { } "Directories of marketplaces by name.";

    skills = option (types.either (types.attrsOf text) types.path) { } "Skills by name (contents, files or directories), or a directory of skills.";

    rules = option (types.attrsOf text) { } "Rules by name, in {file}`rules`. See <https://developers.openai.com/codex/rules>." // {
      example.default = ''prefix_rule(pattern = ["nix", "build"], decision = "allow")'';
    };
  };

  config = {
    warnings = lib.optional hasFormerProfiles ''
      `programs.codex.settings.profile` and `programs.codex.settings.profiles`
      are no longer supported by Codex 0.134.0 and later. Home Manager
      now writes entries from `programs.codex.settings.profiles` to
      `CODEX_HOME/<name>.config.toml`. Move them to
      `programs.codex.profiles` and remove `programs.codex.settings.profile`.
    '';

    assertions =
      let
        areDirectories = lib.all (path: !lib.isPath path || lib.pathIsDirectory path);
      in
      [
        {
          assertion = isToml || (cfg.plugins == [ ] && cfg.marketplaces == { });
          message = "`programs.codex.plugins` and `programs.codex.marketplaces` require Codex 0.2.0 or later";
        }
        {
          assertion = areDirectories cfg.plugins;
          message = "`programs.codex.plugins` entries must be directories";
        }
        {
          assertion = areDirectories (lib.attrValues cfg.marketplaces);
          message = "`programs.codex.marketplaces` entries must be directories";
        }
        (agents.mustBeDirectory "skills" cfg.skills)
        {
          assertion = lib.all (rule: !lib.isPath rule || !lib.pathIsDirectory rule) (
            lib.attrValues cfg.rules
          );
          message = "`programs.codex.rules` attribute values must be files when set to paths";
        }
        {
          assertion =
            !lib.isPath cfg.hooks
            || !lib.pathIsDirectory cfg.hooks
            || builtins.pathExists (cfg.hooks + "/hooks.json");
          message = "`programs.codex.hooks` directory must contain a hooks.json file";
        }
      ];

    home = {
      sessionVariables = lib.mkIf isXdg { CODEX_HOME = "${config.xdg.configHome}/codex"; };

      activation.cleanCodexPluginCache = lib.mkIf (cfg.plugins != [ ]) (
        lib.hm.dag.entryBefore [ "linkGeneration" ] written.makeWay
      );

      file =
        written.files
        // hooksFiles
        // {
          "${configDir}/AGENTS.md" = contextFile cfg.context;
        }
        // lib.optionalAttrs (cfg.contextOverride != null) {
          "${configDir}/AGENTS.override.md" = contextFile cfg.contextOverride;
        }
        // lib.hm.files.inDirectory configDir ".config.toml" (name: profile: {
          source = toml.generate "codex-${name}-config" profile;
        }) (formerProfiles // cfg.profiles)
        // skillFiles
        // lib.hm.files.inDirectory "${configDir}/rules" ".rules" (
          name: rule:
          if isPathLike rule then
            { source = checked "-f" "file" "rule-${name}" rule; }
          else
            { text = rule; }
        ) cfg.rules;
    };
  };
}
