# Agents of launchd: what systemd's user units are on Linux, macOS has here.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (pkgs.stdenv.hostPlatform) isDarwin;

  cfg = config.launchd;

  agent =
    { name, config, ... }:
    {
      options = {
        enable = lib.mkEnableOption "the agent";

        domain = mkOption {
          type = types.enum [
            "gui"
            "user"
          ];
          default = "gui";
          description = "Whether the agent runs in the session on the screen, or whenever the user is there.";
        };

        waitForNixStore = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the agent waits for the volume of the Nix store to be mounted.";
        };

        config = mkOption {
          type = types.submodule ./properties.nix;
          default = { };
          example.ProgramArguments = [
            "/usr/bin/say"
            "Good afternoon"
          ];
          description = "The property list of the agent, see {manpage}`launchd.plist(5)`.";
        };
      };

      config.config = {
        Label = lib.mkDefault "org.nix-community.home.${name}";
        LimitLoadToSessionType = mkIf (config.domain == "user") (lib.mkDefault "Background");
      };
    };

  enabled = lib.filterAttrs (_name: agent: agent.enable) cfg.agents;

  # The command without the store in its first word: macOS starts agents before volumes are mounted.
  command =
    name: agent:
    let
      words =
        lib.optional (agent.config.Program != null) agent.config.Program
        ++ lib.optionals (agent.config.ProgramArguments != null) agent.config.ProgramArguments;
      line = "exec ${lib.escapeShellArgs words}";
      program = lib.strings.sanitizeDerivationName name;
    in
    if agent.waitForNixStore then
      [
        "/bin/sh"
        "-c"
        "/bin/wait4path /nix/store && ${line}"
      ]
    else
      # A script of a name, which is what macOS shows to the user.
      [ "${pkgs.writeScriptBin program "${line}\n"}/bin/${program}" ];

  propertyList =
    name: agent:
    lib.generators.toPlist { escape = true; } (
      removeAttrs agent.config [ "Program" ] // { ProgramArguments = command name agent; }
    );

  # A directory with one file for each agent.
  directory =
    name: suffix: text:
    let
      files = lib.mapAttrsToList (
        agentName: agent:
        let
          file = "${agent.config.Label}.${suffix}";
        in
        "ln -s ${pkgs.writeText file (text agentName agent)} $out/${lib.escapeShellArg file}\n"
      ) enabled;
    in
    pkgs.runCommand name { } "mkdir -p $out\n${lib.concatStrings files}";
in
{
  options.launchd = {
    enable = mkOption {
      type = types.bool;
      default = isDarwin;
      defaultText = lib.literalMD "`true` on macOS";
      description = "Whether agents are set up.";
    };

    agents = mkOption {
      type = types.attrsOf (types.submodule agent);
      default = { };
      description = "Agents, by their names.";
    };
  };

  config = lib.mkMerge [
    {
      assertions = [
        {
          assertion = (cfg.enable && enabled != { }) -> isDarwin;
          message = "Must use Darwin for modules that require Launchd: ${
            lib.concatStringsSep ", " (
              lib.attrNames (lib.mapAttrs' (_name: agent: lib.nameValuePair "${agent.config.Label}.plist" null) enabled)
            )
          }";
        }
      ];
    }

    (mkIf isDarwin {
      home.extraBuilderCommands = ''
        ln -s ${directory "home-manager-agents" "plist" propertyList} $out/LaunchAgents
        ln -s ${
          directory "home-manager-agent-domains" "domain" (_name: agent: "${agent.domain}\n")
        } $out/LaunchAgentDomains
      '';

      home.activation.setupLaunchAgents = lib.hm.dag.entryAfter [ "writeBoundary" ] (
        builtins.readFile ./follow-agents.bash
        + ''
          hmFollowAgents "''${oldGenPath:-}" "$newGenPath" \
            || warnEcho "Not all agents are as they should be"
        ''
      );
    })
  ];
}
