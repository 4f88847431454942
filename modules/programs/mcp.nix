# Servers of the Model Context Protocol, for all programs that use them.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.mcp;

  jsonFormat = pkgs.formats.json { };

  optional =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  serverType = types.submodule {
    freeformType = jsonFormat.type;
    options = {
      command = optional types.str "The command of a server on this machine.";

      args = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Arguments of the command.";
      };

      env = mkOption {
        type = types.attrsOf (
          types.either types.str (
            types.submodule {
              options.file = mkOption {
                type = types.str;
                description = "A file with the value, which is read when the server starts.";
              };
            }
          )
        );
        default = { };
        description = "Variables of the command.";
      };

      url = optional types.str "The URL of a server elsewhere.";

      headers = mkOption {
        type = types.attrsOf types.str;
        default = { };
        description = "Headers of requests to the URL.";
      };

      enabled = optional types.bool "Whether programs use the server.";
    };
  };

  checks =
    name: server:
    map
      (check: {
        inherit (check) assertion;
        message = "programs.mcp.servers.${name}: ${check.message}\n";
      })
      [
        {
          assertion = (server.command != null) != (server.url != null);
          message = "exactly one of `command` or `url` must be set.";
        }
        {
          assertion = server.url == null || (server.args == [ ] && server.env == { });
          message = "`args` and `env` are only valid for local servers (`command`).";
        }
        {
          assertion = server.headers == { } || server.url != null;
          message = "`headers` is only valid for remote servers (`url`).";
        }
        {
          assertion =
            server.enabled == null || server.disabled or null == null || server.enabled != server.disabled;
          message = "`enabled` and `disabled` are set to incompatible values.";
        }
      ];
in
{
  options.programs.mcp = {
    enable = lib.mkEnableOption "servers of the Model Context Protocol";

    servers = mkOption {
      type = types.attrsOf serverType;
      default = { };
      example.everything = {
        command = "npx";
        args = [
          "-y"
          "@modelcontextprotocol/server-everything"
        ];
      };
      description = "Servers, by their names, in {file}`$XDG_CONFIG_HOME/mcp/mcp.json`.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = lib.concatLists (lib.mapAttrsToList checks cfg.servers);

    xdg.configFile."mcp/mcp.json" = lib.mkIf (cfg.servers != { }) {
      source = jsonFormat.generate "mcp.json" {
        mcpServers = lib.mapAttrs (
          _name: server:
          lib.hm.mcp.transformMcpServer {
            inherit server;
            extraTransforms = [ lib.hm.mcp.addType ];
            exclude = [ "serverUrl" ];
          }
        ) cfg.servers;
      };
    };
  };
}
