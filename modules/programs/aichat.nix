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
  yaml = pkgs.formats.yaml { };

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin && !config.xdg.enable then
      "Library/Application Support/aichat"
    else
      "${lib.removePrefix config.home.homeDirectory config.xdg.configHome}/aichat";
in
{
  title = "AIChat, language models for the command line";
  docs = "https://github.com/sigoden/aichat/wiki/Configuration-Guide";

  options = {
    settings = option yaml.type { } "Contents of {file}`config.yaml`. See <https://github.com/sigoden/aichat/blob/main/config.example.yaml>." // {
      defaultText = lib.literalExpression "{ }";
      example.model = "ollama:mistral-small3.1:latest";
    };

    agents = option (types.attrsOf yaml.type) { } "Agents by name. See <https://github.com/sigoden/aichat/wiki/Agent-Guide>." // {
      example.openai = {
        model = "openai:gpt-4o";
        temperature = 0.5;
      };
    };
  };

  config.home.file = {
    "${directory}/config.yaml" = lib.mkIf (cfg.settings != { }) {
      source = yaml.generate "aichat-config" cfg.settings;
    };
  }
  // lib.hm.files.inDirectory "${directory}/agents" "/config.yaml" (name: agent: {
    source = yaml.generate "aichat-agent-${name}" agent;
  }) cfg.agents;
}
