# Where programs find the SSH agent.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.sshAuthSock;

  initialization =
    shell: arguments:
    mkOption (
      {
        type = types.str;
        description = "Code for ${shell} that sets {env}`SSH_AUTH_SOCK`.";
      }
      // arguments
    );

  inherit (cfg.systemd) socketProviderUnit;

  # systemd has sockets before everything that sockets.target is before.
  orderedUnits = lib.optional (!lib.hasSuffix ".socket" socketProviderUnit) socketProviderUnit;

  indent =
    code:
    lib.concatMapStringsSep "\n" (line: if line == "" then "" else "  ${line}") (
      lib.splitString "\n" code
    );

  # The agent of the machine that the user came from is kept: then both variables are set.
  unlessForwarded = {
    posix = code: ''
      if [ -z "$SSH_AUTH_SOCK" -o -z "$SSH_CONNECTION" ]; then
      ${indent code}
      fi
    '';

    fish = code: ''
      if test -z "$SSH_AUTH_SOCK"; or test -z "$SSH_CONNECTION"
      ${indent code}
      end
    '';

    nushell =
      code:
      let
        isEmpty = variable: ''("${variable}" not-in $env) or ($env.${variable} | is-empty)'';
      in
      ''
        if ${isEmpty "SSH_AUTH_SOCK"} or ${isEmpty "SSH_CONNECTION"} {
        ${indent code}
        }
      '';
  };

  # Other tools of the shell may need it.
  early = lib.mkOrder 900;

  forBash = unlessForwarded.posix cfg.initialization.bash;
  forZsh = unlessForwarded.posix cfg.initialization.zsh;
in
{
  options.sshAuthSock = {
    enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Whether to set {env}`SSH_AUTH_SOCK` in shells, services and the session bus, unless it
        comes from another machine. Modules of agents set this.
      '';
    };

    initialization = {
      bash = initialization "bash" { example = "export SSH_AUTH_SOCK=$HOME/.ssh/agent.sock"; };
      fish = initialization "fish" { example = "set -x SSH_AUTH_SOCK $HOME/.ssh/agent.sock"; };
      nushell = initialization "nushell" {
        example = "$env.SSH_AUTH_SOCK = ($nu.home-dir | path join .ssh agent.sock)";
      };
      zsh = initialization "zsh" {
        example = "export SSH_AUTH_SOCK=$HOME/.ssh/agent.sock";
        default = cfg.initialization.bash;
        defaultText = lib.literalExpression "config.sshAuthSock.initialization.bash";
      };
    };

    systemd.socketProviderUnit = mkOption {
      type = types.str;
      example = "ssh-agent.service";
      description = "The unit that has the socket, for those that need it.";
    };
  };

  config = lib.mkIf cfg.enable {
    programs = {
      bash.profileExtra = early forBash;
      fish.shellInit = early (unlessForwarded.fish cfg.initialization.fish);
      nushell.extraConfig = early (unlessForwarded.nushell cfg.initialization.nushell);
      zsh = {
        # As with other variables, login shells set it later.
        envExtra = early ''
          if [[ ! -o login ]]; then
          ${indent forZsh}
          fi
        '';
        profileExtra = early forZsh;
      };
    };

    systemd.user.services.set-SSH_AUTH_SOCK = {
      Unit = {
        Description = "Sets SSH_AUTH_SOCK in the D-BUS daemon and systemd";
        Before = orderedUnits;
      };
      Service = {
        Type = "oneshot";
        ExecStart = pkgs.writeShellScript "set-SSH_AUTH_SOCK" ''
          ${forBash}
          ${
            lib.hm.options.programPath' (pkgs.dbus or null) "dbus-update-activation-environment"
          } --systemd SSH_AUTH_SOCK
        '';
      };
      Install.WantedBy = [ "default.target" ] ++ orderedUnits;
    };
  };
}
