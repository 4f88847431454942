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
  inherit (lib.hm.strings) isPathLike;

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

  # Of what is built it is known only then if it is a directory.
  checkedSkills = pkgs.runCommandLocal "crush-skills" { } ''
    if [[ ! -d ${lib.escapeShellArg (toString cfg.skills)} ]]; then
      echo ${lib.escapeShellArg "programs.crush.skills must be a directory"} >&2
      exit 1
    fi
    ln -s ${lib.escapeShellArg (toString cfg.skills)} "$out"
  '';

  checkedSkill =
    source:
    pkgs.runCommandLocal "crush-skill" { } ''
      source=${lib.escapeShellArg (toString source)}
      if [[ -d "$source" ]]; then
        ln -s "$source" "$out"
      elif [[ -f "$source" ]]; then
        mkdir "$out"
        ln -s "$source" "$out/SKILL.md"
      else
        echo "Crush skill source must be a file or directory: $source" >&2
        exit 1
      fi
    '';

  skillFile =
    name: content:
    if lib.isPath content && lib.pathIsDirectory content then
      lib.nameValuePair "crush/skills/${name}" {
        source = content;
        recursive = true;
      }
    else if isPathLike content && !lib.isPath content then
      lib.nameValuePair "crush/skills/${name}" {
        source = checkedSkill content;
        recursive = true;
      }
    else
      lib.nameValuePair "crush/skills/${name}/SKILL.md" (
        if isPathLike content then { source = content; } else { text = content; }
      );
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
    assertions = [
      {
        assertion = !lib.isPath cfg.skills || lib.pathIsDirectory cfg.skills;
        message = "`programs.crush.skills` must be a directory when set to a path";
      }
    ];

    xdg.configFile = {
      "crush/crush.json" = lib.mkIf (settings != { }) {
        source = json.generate "crush.json" ({ "$schema" = "https://charm.land/crush.json"; } // settings);
      };
      "crush/skills" = lib.mkIf (isPathLike cfg.skills) {
        source = if lib.isPath cfg.skills then cfg.skills else checkedSkills;
        recursive = true;
      };
    }
    // lib.mapAttrs' skillFile (if lib.isAttrs cfg.skills then cfg.skills else { });
  };
}
