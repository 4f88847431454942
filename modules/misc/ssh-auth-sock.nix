# Sets `SSH_AUTH_SOCK` in shells and in the environment of systemd's services, for modules of
# agents to use.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption mkOrder types;

  cfg = config.sshAuthSock;
  inherit (cfg) initialization;

  indented =
    code:
    lib.concatMapStringsSep "\n" (line: lib.optionalString (line != "") "  ${line}") (
      lib.splitString "\n" code
    );

  # A variable that is set while SSH_CONNECTION is comes from a forwarded agent: it stays.
  posixCode = code: ''
    if [ -z "$SSH_AUTH_SOCK" -o -z "$SSH_CONNECTION" ]; then
    ${indented code}
    fi
  '';

  fishCode = ''
    if test -z "$SSH_AUTH_SOCK"; or test -z "$SSH_CONNECTION"
    ${indented initialization.fish}
    end
  '';

  nushellUnset = name: ''("${name}" not-in $env) or ($env.${name} | is-empty)'';
  nushellCode = ''
    if ${nushellUnset "SSH_AUTH_SOCK"} or ${nushellUnset "SSH_CONNECTION"} {
    ${indented initialization.nushell}
    }
  '';

  bashCode = posixCode initialization.bash;
  zshCode = posixCode initialization.zsh;

  # Before a socket unit it would be before sockets.target too, and that is a cycle.
  provider = cfg.systemd.socketProviderUnit;
  orderedProviders = lib.optional (!lib.hasSuffix ".socket" provider) provider;

  updateEnvironment = lib.hm.options.programPath' (
    pkgs.dbus or null
  ) "dbus-update-activation-environment";

  codeOption = shell: mkOption {
    type = types.str;
    description = "Code that sets the variable in ${shell}.";
  };
in
{
  options.sshAuthSock = {
    enable = lib.mkEnableOption "setting {env}`SSH_AUTH_SOCK`, which modules of agents turn on";

    initialization = {
      bash = codeOption "bash";
      fish = codeOption "fish";
      nushell = codeOption "nushell";
      zsh = codeOption "zsh" // {
        default = initialization.bash;
        defaultText = lib.literalExpression "config.sshAuthSock.initialization.bash";
      };
    };

    systemd.socketProviderUnit = mkOption {
      type = types.str;
      example = "ssh-agent.service";
      description = "The unit whose socket it is; services that need an agent can come after it.";
    };
  };

  config = lib.mkIf cfg.enable {
    # Early, since other parts of the startup files want the agent.
    programs = {
      bash.profileExtra = mkOrder 900 bashCode;
      fish.shellInit = mkOrder 900 fishCode;
      nushell.extraConfig = mkOrder 900 nushellCode;

      zsh = {
        profileExtra = mkOrder 900 zshCode;

        # As the variables of the session, which it may use.
        envExtra = mkOrder 900 ''
          if [[ ! -o login ]]; then
          ${indented zshCode}
          fi
        '';
      };
    };

    systemd.user.services.set-SSH_AUTH_SOCK = {
      Unit = {
        Description = "Sets SSH_AUTH_SOCK in the D-BUS daemon and systemd";
        Before = orderedProviders;
      };
      Service = {
        Type = "oneshot";
        ExecStart = pkgs.writeShellScript "set-SSH_AUTH_SOCK" ''
          ${bashCode}
          ${updateEnvironment} --systemd SSH_AUTH_SOCK
        '';
      };
      Install.WantedBy = [ "default.target" ] ++ orderedProviders;
    };
  };
}
