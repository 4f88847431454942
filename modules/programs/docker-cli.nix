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

  # Docker finds a context by the hash of its name.
  contextFile =
    _name: context:
    lib.nameValuePair
      "${cfg.configDir}/contexts/meta/${builtins.hashString "sha256" context.Name}/meta.json"
      { source = json.generate "config.json" context; };
in
{
  title = "the configuration of Docker's client";
  docs = "https://docs.docker.com/reference/cli/docker/#configuration-files";
  package = null;

  options = {
    configDir =
      option types.str (
        if config.xdg.enable && lib.versionAtLeast config.home.stateVersion "26.05" then
          "${config.xdg.configHome}/docker"
        else
          ".docker"
      ) "Directory of the configuration, in {env}`DOCKER_CONFIG`."
      // {
        apply = lib.removePrefix "${config.home.homeDirectory}/";
        defaultText = lib.literalExpression ''
          if config.xdg.enable && lib.versionAtLeast config.home.stateVersion "26.05" then
            "$XDG_CONFIG_HOME/docker"
          else
            ".docker"
        '';
        example = lib.literalExpression ''"''${config.xdg.configHome}/docker"'';
      };

    contexts = option (types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          freeformType = json.type;
          options.Name = lib.mkOption {
            type = types.str;
            readOnly = true;
            description = "Name of the context.";
          };
          config.Name = name;
        }
      )
    )) { } "Contexts by name. See <https://docs.docker.com/engine/manage-resources/contexts/>." // {
      example.remote.Endpoints.docker.Host = "ssh://alice@example.org";
    };

    settings = option json.type { } "Contents of {file}`config.json`. See <https://docs.docker.com/reference/cli/docker/#configuration-files>." // {
      example.proxies.default.httpProxy = "http://proxy.example.org:3128";
    };
  };

  config.home = {
    sessionVariables.DOCKER_CONFIG = "${config.home.homeDirectory}/${cfg.configDir}";
    file = {
      "${cfg.configDir}/config.json".source = json.generate "config.json" cfg.settings;
    }
    // lib.mapAttrs' contextFile cfg.contexts;
  };
}
