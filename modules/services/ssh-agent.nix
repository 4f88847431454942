{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.services.ssh-agent;

  inherit (pkgs.stdenv.hostPlatform) isDarwin;

  sshAgent = lib.hm.options.programPath' cfg.package "ssh-agent";
  getconf = lib.hm.options.programPath (pkgs.getconf or null) "getconf";

  flags =
    lib.optionalString (
      cfg.defaultMaximumIdentityLifetime != null
    ) " -t ${toString cfg.defaultMaximumIdentityLifetime}"
    + lib.optionalString (
      cfg.pkcs11Whitelist != [ ]
    ) " -P '${lib.concatStringsSep "," cfg.pkcs11Whitelist}'";

  darwinDirectory = "${getconf} DARWIN_USER_TEMP_DIR";

  socket = "${if isDarwin then "$(${darwinDirectory})" else "$XDG_RUNTIME_DIR"}/${cfg.socket}";
  nushellSocket = "${
    if isDarwin then "(${darwinDirectory})" else "($env.XDG_RUNTIME_DIR)"
  }/${cfg.socket}";

  removedIntegration =
    shell: lib.mkRemovedOptionModule [ "services" "ssh-agent" "enable${shell}Integration" ] "";
in
{
  imports = [
    ../misc/ssh-auth-sock.nix
  ]
  ++ map removedIntegration [
    "Bash"
    "Zsh"
    "Fish"
    "Nushell"
  ];

  options.services.ssh-agent = {
    enable = lib.mkEnableOption "the agent of OpenSSH";

    package = lib.hm.options.packageOption pkgs "openssh" { nullable = true; };

    socket = mkOption {
      type = types.str;
      default = "ssh-agent";
      example = "ssh-agent/socket";
      description = "Path of the socket, in {env}`XDG_RUNTIME_DIR` or what macOS has instead.";
    };

    defaultMaximumIdentityLifetime = mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      example = 3600;
      description = "Seconds after which the agent forgets a key.";
    };

    pkcs11Whitelist = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = lib.literalExpression ''[ "''${pkgs.tpm2-pkcs11}/lib/*" ]'';
      description = "Patterns of the libraries that the agent may load.";
    };
  };

  config = lib.mkIf cfg.enable (
    {
      sshAuthSock = {
        enable = true;
        systemd.socketProviderUnit = "ssh-agent.service";
        initialization = {
          bash = ''export SSH_AUTH_SOCK="${socket}"'';
          fish = ''set -x SSH_AUTH_SOCK "${socket}"'';
          nushell = ''$env.SSH_AUTH_SOCK = $"${nushellSocket}"'';
        };
      };

      systemd.user.services.ssh-agent = {
        Unit = {
          Description = "SSH authentication agent";
          Documentation = "man:ssh-agent(1)";
        };
        Service = {
          ExecStart = "${sshAgent} -D -a %t/${cfg.socket}${flags}";
          SuccessExitStatus = 2;
        };
        Install.WantedBy = [ "default.target" ];
      };
    }
    // lib.optionalAttrs (options ? launchd) {
      launchd.agents.ssh-agent = {
        enable = true;
        config = {
          ProgramArguments = [
            (lib.hm.options.programPath (pkgs.bash or null) "/bin/bash")
            "-c"
            ''${sshAgent} -D -a "$(${darwinDirectory})/${cfg.socket}"${flags}''
          ];
          KeepAlive = {
            Crashed = true;
            SuccessfulExit = false;
          };
          ProcessType = "Background";
          RunAtLoad = true;
        };
      };
    }
  );
}
