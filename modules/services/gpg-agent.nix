{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.services.gpg-agent;
  inherit (config.programs.gpg) homedir;

  inherit (pkgs.stdenv.hostPlatform) isDarwin;

  program =
    name:
    if config.programs.gpg.package == null then name else "${config.programs.gpg.package}/bin/${name}";

  # systemd wants absolute paths, but for names, which it finds in a fixed list of directories.
  gpgAgent = program "gpg-agent";
  gpgconf = program "gpgconf";

  # Where gpg-agent has its sockets. gpgconf knows too, but asks the system it runs on: see
  # gnupg_socketdir in common/homedir.c of GnuPG.
  socketPath =
    name:
    let
      isDefault = homedir == options.programs.gpg.homedir.default;
      directory =
        if isDarwin then "/private/var/run/org.nix-community.home.gpg-agent" else "%t/gnupg";
    in
    if isDefault then "${directory}/${name}" else "${directory}/d.${homedirHash}/${name}";

  # The first 15 bytes of the SHA-1 hash in z-base-32: each 5 hexadecimal digits are 4 of its.
  homedirHash =
    let
      hash = builtins.hashString "sha1" homedir;
      digits = lib.stringToCharacters "ybndrfg8ejkmcpqxot1uwisza345h769";
      encode =
        value:
        map (divisor: lib.elemAt digits (lib.mod (value / divisor) 32)) [
          32768
          1024
          32
          1
        ];
    in
    lib.concatStrings (
      lib.concatLists (
        lib.genList (index: encode (lib.fromHexString (lib.substring (index * 5) 5 hash))) 6
      )
    );

  agentDescription = "GnuPG cryptographic agent and passphrase cache";
  agentManual = "man:gpg-agent(1)";

  socketUnit = description: documentation: name: fileDescriptorName: {
    Unit = {
      Description = description;
      Documentation = documentation;
    };
    Socket = {
      ListenStream = socketPath name;
      FileDescriptorName = fileDescriptorName;
      Service = "gpg-agent.service";
      SocketMode = "0600";
      DirectoryMode = "0700";
    };
    Install.WantedBy = [ "sockets.target" ];
  };

  launchdSocket = name: {
    SockType = "stream";
    SockPathName = socketPath name;
    # 0600, which a property list cannot have in octal.
    SockPathMode = 384;
  };

  updateTty =
    redirection:
    lib.optionalString cfg.enableSshSupport ''
      ${program "gpg-connect-agent"} --quiet updatestartuptty /bye ${redirection}
    '';

  flagOption = default: description: mkOption {
    type = types.bool;
    inherit default description;
  };

  secondsOption = description: mkOption {
    type = types.nullOr types.int;
    default = null;
    inherit description;
  };

  withValue = name: value: lib.optional (value != null) "${name} ${toString value}";

  agentConfig = lib.concatStringsSep "\n" (
    lib.optional cfg.enableSshSupport "enable-ssh-support"
    ++ lib.optional cfg.grabKeyboardAndMouse "grab"
    ++ lib.optional (!cfg.enableScDaemon) "disable-scdaemon"
    ++ lib.optional cfg.noAllowExternalCache "no-allow-external-cache"
    ++ withValue "default-cache-ttl" cfg.defaultCacheTtl
    ++ withValue "default-cache-ttl-ssh" cfg.defaultCacheTtlSsh
    ++ withValue "max-cache-ttl" cfg.maxCacheTtl
    ++ withValue "max-cache-ttl-ssh" cfg.maxCacheTtlSsh
    ++ lib.optional (
      cfg.pinentry.package != null
    ) "pinentry-program ${lib.getExe' cfg.pinentry.package cfg.pinentry.program}"
    ++ [ cfg.extraConfig ]
  );
in
{
  imports = [
    ../misc/ssh-auth-sock.nix
    (lib.mkRemovedOptionModule
      [ "services" "gpg-agent" "pinentryFlavor" ]
      "Use services.gpg-agent.pinentryPackage instead"
    )
    (lib.mkRenamedOptionModule
      [ "services" "gpg-agent" "pinentryPackage" ]
      [ "services" "gpg-agent" "pinentry" "package" ]
    )
  ];

  options.services.gpg-agent = {
    enable = lib.mkEnableOption "the agent of GnuPG";

    defaultCacheTtl = secondsOption "Seconds to remember a passphrase after its last use.";
    defaultCacheTtlSsh = secondsOption "The same for SSH keys.";
    maxCacheTtl = secondsOption "Seconds to remember a passphrase in all.";
    maxCacheTtlSsh = secondsOption "The same for SSH keys.";

    enableSshSupport = flagOption false "Whether it is the agent of SSH too.";

    sshKeys = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      description = "Keygrips of the keys that SSH can use.";
    };

    enableExtraSocket = flagOption false "Whether there is a socket to forward to other machines.";
    verbose = flagOption false "Whether it logs more.";
    grabKeyboardAndMouse = flagOption true "Whether other windows get no input while it asks.";
    enableScDaemon = flagOption true "Whether smart cards can be used.";
    noAllowExternalCache = flagOption false "Whether no other program may remember a passphrase.";

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "allow-loopback-pinentry";
      description = "Lines for the end of {file}`gpg-agent.conf`.";
    };

    pinentry = {
      package = lib.hm.options.packageOption pkgs "pinentry-gnome3" {
        nullable = true;
        default = null;
      };

      program = mkOption {
        type = types.nullOr types.str;
        example = "pinentry-wayprompt";
        description = "Name of the package's program that asks for passphrases.";
      };
    };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };
  };

  config = mkIf cfg.enable (
    {
      services.gpg-agent.pinentry.program = lib.mkOptionDefault (
        cfg.pinentry.package.meta.mainProgram or "pinentry"
      );

      home.file = {
        "${homedir}/gpg-agent.conf".text = agentConfig;
        "${homedir}/sshcontrol" = mkIf (cfg.sshKeys != null) { text = lib.concatLines cfg.sshKeys; };
      };

      programs = {
        bash.initExtra = mkIf cfg.enableBashIntegration (
          ''
            GPG_TTY="$(tty)"
            export GPG_TTY
          ''
          + updateTty "> /dev/null"
        );
        zsh.initContent = mkIf cfg.enableZshIntegration ("export GPG_TTY=$TTY\n" + updateTty "> /dev/null");
        fish.interactiveShellInit = mkIf cfg.enableFishIntegration (
          "set -gx GPG_TTY (tty)\n" + updateTty "> /dev/null"
        );
        nushell.extraConfig = mkIf cfg.enableNushellIntegration (
          "$env.GPG_TTY = (tty)\n" + updateTty "| ignore"
        );
      };

      sshAuthSock = mkIf cfg.enableSshSupport {
        enable = true;
        systemd.socketProviderUnit = "gpg-agent-ssh.socket";
        initialization = {
          # A shell that gpg-agent itself started has the variable already.
          bash = ''
            unset SSH_AGENT_PID
            if [ "''${gnupg_SSH_AUTH_SOCK_by:-0}" -ne $$ ]; then
              export SSH_AUTH_SOCK="$(${gpgconf} --list-dirs agent-ssh-socket)"
            fi
          '';
          fish = ''
            set -e SSH_AGENT_PID

            begin
              set -l gnupg_val 0
              if set -q gnupg_SSH_AUTH_SOCK_by
                set gnupg_val $gnupg_SSH_AUTH_SOCK_by
              end

              if test $gnupg_val -ne %self
                set -x SSH_AUTH_SOCK (${gpgconf} --list-dirs agent-ssh-socket)
              end
            end
          '';
          nushell = ''
            $env.SSH_AUTH_SOCK = $"(${gpgconf} --list-dirs agent-ssh-socket)"
          '';
        };
      };

      systemd.user = {
        services.gpg-agent = {
          Unit = {
            Description = agentDescription;
            Documentation = agentManual;
            Requires = "gpg-agent.socket";
            After = "gpg-agent.socket";
            RefuseManualStart = true;
          };
          Service = {
            ExecStart = "${gpgAgent} --supervised" + lib.optionalString cfg.verbose " --verbose";
            ExecReload = "${gpgconf} --reload gpg-agent";
            Environment = [ "GNUPGHOME=${homedir}" ];
          };
        };

        sockets = {
          gpg-agent = socketUnit agentDescription agentManual "S.gpg-agent" "std";

          gpg-agent-ssh = mkIf cfg.enableSshSupport (
            socketUnit "GnuPG cryptographic agent (ssh-agent emulation)"
              "${agentManual} man:ssh-add(1) man:ssh-agent(1) man:ssh(1)"
              "S.gpg-agent.ssh"
              "ssh"
          );

          gpg-agent-extra = mkIf cfg.enableExtraSocket (
            socketUnit "${agentDescription} (restricted)" "${agentManual} man:ssh(1)" "S.gpg-agent.extra" "extra"
          );
        };
      };
    }
    // lib.optionalAttrs (options ? launchd) {
      launchd.agents.gpg-agent = {
        enable = true;
        config = {
          ProgramArguments = [
            gpgAgent
            "--supervised"
          ]
          ++ lib.optional cfg.verbose "--verbose";
          EnvironmentVariables.GNUPGHOME = homedir;
          KeepAlive = {
            Crashed = true;
            SuccessfulExit = false;
          };
          ProcessType = "Background";
          RunAtLoad = cfg.enableSshSupport;
          Sockets = {
            Agent = launchdSocket "S.gpg-agent";
            Ssh = mkIf cfg.enableSshSupport (launchdSocket "S.gpg-agent.ssh");
            Extra = mkIf cfg.enableExtraSocket (launchdSocket "S.gpg-agent.extra");
          };
        };
      };
    }
  );
}
