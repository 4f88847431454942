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
  defaultDirectory = "${config.home.homeDirectory}/.pi/agent";

  file = name: values: {
    "${cfg.configDir}/${name}.json" = lib.mkIf (values != { }) {
      source = json.generate "pi-coding-agent-${name}.json" values;
    };
  };

  jsonOption = name: example: option json.type { } "Contents of {file}`${name}.json`. See <https://github.com/badlogic/pi-mono/tree/main/packages/coding-agent/docs>." // {
    inherit example;
  };
in
{
  title = "pi, a coding agent";
  docs = "https://github.com/badlogic/pi-mono/tree/main/packages/coding-agent";
  installed =
    if cfg.package != null && cfg.extraPackages != [ ] then
      pkgs.symlinkJoin {
        inherit (cfg.package) meta;
        name = "${lib.getName cfg.package}-wrapped-${lib.getVersion cfg.package}";
        paths = [ cfg.package ];
        preferLocalBuild = true;
        nativeBuildInputs = [ pkgs.makeWrapper ];
        postBuild = ''
          wrapProgram $out/bin/pi \
            --suffix PATH : ${lib.makeBinPath cfg.extraPackages}
        '';
      }
    else
      cfg.package;

  options = {
    extraPackages = option (types.listOf types.package) [ ] "Packages that the agent can call." // {
      example = lib.literalExpression "[ pkgs.nodejs ]";
    };

    configDir = option types.str defaultDirectory "Directory of the configuration, in {env}`PI_CODING_AGENT_DIR`." // {
      defaultText = lib.literalExpression ''"''${config.home.homeDirectory}/.pi/agent"'';
      example = lib.literalExpression ''"''${config.xdg.configHome}/pi/agent"'';
    };

    settings = jsonOption "settings" { defaultProvider = "anthropic"; };
    keybindings = jsonOption "keybindings" {
      "tui.editor.cursorUp" = [
        "up"
        "ctrl+p"
      ];
    };
    models = jsonOption "models" { providers.ollama.baseUrl = "http://localhost:11434/v1"; };

    context = option (types.either types.lines types.path) "" "Contents of {file}`AGENTS.md`, or a file: instructions for the agent in each session." // {
      example = lib.literalExpression "./context.md";
    };
  };

  config.home = {
    sessionVariables = lib.mkIf (cfg.configDir != defaultDirectory) {
      PI_CODING_AGENT_DIR = cfg.configDir;
    };

    file =
      file "settings" cfg.settings
      // file "keybindings" cfg.keybindings
      // file "models" cfg.models
      // {
        "${cfg.configDir}/AGENTS.md" = lib.mkIf (cfg.context != "") (
          if lib.hm.strings.isPathLike cfg.context then { source = cfg.context; } else { text = cfg.context; }
        );
      };
  };
}
