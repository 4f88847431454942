{
  cfg,
  config,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  ini = pkgs.formats.ini { };
  inherit (pkgs.stdenv.hostPlatform) isLinux;

  atoms = types.attrsOf (
    types.nullOr (
      types.oneOf [
        types.bool
        types.int
        types.float
        types.str
      ]
    )
  );

  # Options of what is mounted or served.
  common = {
    logLevel = option (types.enum [
      null
      "ERROR"
      "NOTICE"
      "INFO"
      "DEBUG"
    ]) null "What is logged. See <https://rclone.org/docs/#logging>." // {
      example = "INFO";
    };

    options = option atoms { } "Options of the command. See <https://rclone.org/commands/rclone_mount/>." // {
      # The cache must be where the service can write.
      apply = lib.mergeAttrs {
        vfs-cache-mode = "full";
        cache-dir = if isLinux then "%C/rclone" else "${config.xdg.cacheHome}/rclone";
      };
    };
  };

  mount = types.submodule {
    options = {
      enable = lib.mkEnableOption "the mount";
      autoMount = lib.mkEnableOption "the mount at the login" // {
        default = true;
      };
      mountPoint = option types.str null "Directory to mount it at." // {
        example = "/home/alice/my-remote";
      };
      mountType = option (types.enum [
        "mount"
        "nfsmount"
      ]) "mount" "How it is mounted: by FUSE or by NFS." // {
        example = "nfsmount";
      };
    }
    // common;
  };

  served = types.submodule {
    options = {
      enable = lib.mkEnableOption "the server";
      protocol = lib.mkOption {
        type = types.enum [
          "dlna"
          "docker"
          "ftp"
          "http"
          "nfs"
          "restic"
          "s3"
          "sftp"
          "webdav"
        ];
        example = "http";
        description = "Protocol of the server. See <https://rclone.org/commands/rclone_serve/>.";
      };
      autoStart = lib.mkEnableOption "the server at the login" // {
        default = true;
      };
    }
    // common;
  };

  remoteConfig = types.addCheck atoms (lib.hasAttr "type") // {
    name = "rcloneRemoteConfig";
    description = "An attribute set containing a remote type and options.";
  };

  remote = types.submodule {
    options = {
      config = option remoteConfig { } "Settings of the remote, of which `type` is the kind. See <https://rclone.org/docs/>." // {
        example = {
          type = "mega";
          user = "alice@example.com";
        };
      };
      secrets = option (types.attrsOf types.str) { } "Files with settings that must not be in the store. The service reads them." // {
        example.password = "/run/secrets/password";
      };
      mounts = option (types.attrsOf mount) { } "Mounts, by the path in the remote." // {
        example."path/to/files" = {
          enable = true;
          mountPoint = "/home/alice/rclone-mount";
        };
      };
      serve = option (types.attrsOf served) { } "Servers, by the path in the remote." // {
        example."path/to/files" = {
          enable = true;
          protocol = "http";
        };
      };
    };
  };

  sidecars = import ./sidecars.nix {
    inherit
      cfg
      config
      exe
      lib
      pkgs
      ;
  };

  configPath = "${config.xdg.configHome}/rclone/rclone.conf";

  injectSecret =
    name: setting: file: ''
      if [[ ! -r "${file}" ]]; then
        echo "Secret \"${file}\" not found"
        cleanup
      fi

      if ! ${exe} config update \
          --config "$stagingPath" \
          ${name} config_refresh_token=false \
          ${setting}="$(cat "${file}")" \
          --non-interactive; then
        echo "Failed to inject secret \"${file}\""
        cleanup
      fi
    '';

  secrets = lib.concatLists (
    lib.mapAttrsToList (
      name: remote: lib.mapAttrsToList (injectSecret name) remote.secrets
    ) cfg.remotes
  );

  # Secrets are put in where only the user can read the file, which is replaced when it is whole.
  configScript = pkgs.writeShellApplication {
    name = "rclone-config";
    runtimeInputs = lib.optional (pkgs ? coreutils) pkgs.coreutils;
    text = ''
      configPath="${configPath}"
      configDir="$(dirname "$configPath")"
      install -d -m700 "$configDir"
      stagingPath="$(mktemp "$configDir/.rclone.conf.XXXXXX")"

      cleanup() {
        echo "Failed to render config."
        rm -f "$stagingPath"
        exit 1
      }

      trap cleanup SIGINT

      install -v -m600 "${
        ini.generate "rclone.conf-pre-secrets" (lib.mapAttrs (_name: remote: remote.config) cfg.remotes)
      }" "$stagingPath"
      ${lib.concatLines secrets}
      mv -f "$stagingPath" "$configPath"
    '';
  };

  log = "${config.home.homeDirectory}/Library/Logs/rclone/rclone-config";

  hasSecretsOf = name: config ? ${name} && config.${name}.secrets != { };
in
{
  title = "rclone, which synchronizes with clouds";
  docs = "https://rclone.org/docs/";

  removed.writeAfter = ''
    The writeAfter option has been removed because rclone configuration is now handled by a
    systemd service instead of an activation script.

    For most users, no manual configuration is needed as the following secret provisioners are
    automatically detected:
    - agenix users: automatically uses agenix.service
    - sops-nix users: automatically uses sops-nix.service

    If you need custom service dependencies, use the requiresUnit option instead:
    programs.rclone.requiresUnit = "your-service-name.service";
  '';

  options = {
    remotes = option (types.attrsOf remote) { } "Remotes by name." // {
      example = lib.literalExpression ''
        {
          b2 = {
            config.type = "b2";
            secrets.account = config.age.secrets.b2-account.path;
          };
        }
      '';
    };

    requiresUnit =
      option (types.nullOr types.str) (
        if !isLinux then
          null
        else if hasSecretsOf "sops" then
          "sops-nix.service"
        else if hasSecretsOf "age" then
          "agenix.service"
        else
          null
      ) "Unit that provides the secrets. That of sops-nix and of agenix is found."
      // {
        readOnly = !isLinux;
        example = "agenix.service";
      };
  };

  config = {
    systemd.user.services = lib.mkMerge [
      (lib.mkIf (cfg.remotes != { }) {
        rclone-config = {
          Unit = {
            Description = "Install rclone configuration to ${configPath}";
          }
          // lib.optionalAttrs (cfg.requiresUnit != null) {
            Requires = [ cfg.requiresUnit ];
            After = [ cfg.requiresUnit ];
          };
          Service = {
            Type = "oneshot";
            ExecStart = lib.getExe configScript;
            Restart = "on-abnormal";
          };
          Install.WantedBy = [ "default.target" ];
        };
      })
      sidecars.services
    ];

    launchd.agents = lib.mkMerge [
      (lib.mkIf (cfg.remotes != { }) {
        rclone-config = {
          enable = true;
          config = {
            ProgramArguments = [ (lib.getExe configScript) ];
            RunAtLoad = true;
            KeepAlive = {
              SuccessfulExit = false;
              Crashed = true;
            };
            StandardOutPath = "${log}.log";
            StandardErrorPath = "${log}.err.log";
          };
        };
      })
      sidecars.agents
    ];
  };
}
