{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) binPath option packageOption tool;

  cfg = config.services.syncthing;

  inherit (pkgs.stdenv.hostPlatform) isDarwin;

  json = pkgs.formats.json { };

  freeform = options: types.submodule {
    freeformType = json.type;
    inherit options;
  };

  maybe = type: description: option (types.nullOr type) null description;

  defaultAddress = "127.0.0.1:8384";
  hasOwnAddress = cfg.guiAddress != defaultAddress;
  isSocket = lib.hasPrefix "/" cfg.guiAddress;

  cleaned = lib.converge (lib.filterAttrsRecursive (_name: value: value != null && value != { })) cfg.settings;

  hasUpdate = cleaned != { } || cfg.guiCredentials != null || hasOwnAddress;

  program = lib.hm.options.programPath cfg.package "syncthing";

  arguments = [
    program
    "serve"
    "--no-browser"
    "--no-restart"
    "--no-upgrade"
    "--gui-address=${lib.optionalString isSocket "unix://"}${cfg.guiAddress}"
  ]
  ++ cfg.extraOptions;

  # The arguments of curl that reach a path of the API.
  url = path: if isSocket then "--unix-socket ${cfg.guiAddress} http://localhost${path}" else "${cfg.guiAddress}${path}";

  jq = tool pkgs "jq" "jq";
  coreutil = tool pkgs "coreutils";

  # Where Syncthing keeps its configuration: earlier versions had another directory.
  findDirectory =
    if isDarwin then
      ''
        syncthing_dir="$HOME/Library/Application Support/Syncthing"
      ''
    else
      ''
        syncthing_dir="''${XDG_STATE_HOME:-$HOME/.local/state}/syncthing"
        earlier_dir="''${XDG_CONFIG_HOME:-$HOME/.config}/syncthing"

        if [[ ! -e "$syncthing_dir/config.xml" && -e "$earlier_dir/config.xml" ]]; then
          syncthing_dir="$earlier_dir"
        fi
      '';

  # The embedded package set has no `writers`.
  writeBash = if pkgs ? writers then pkgs.writers.writeBash else pkgs.writeShellScript;

  copyKey =
    name: path:
    lib.optionalString (path != null) ''
      ${coreutil "install"} -Dm400 ${toString path} "$syncthing_dir/${name}.pem"
    '';

  copyKeys = writeBash "syncthing-copy-keys" ''
    ${findDirectory}
    ${coreutil "install"} -dm700 "$syncthing_dir"
    ${copyKey "cert" cfg.cert}
    ${copyKey "key" cfg.key}
  '';

  # Calls the API. The key is there once Syncthing has made its configuration.
  api = ''
    ${findDirectory}

    RUNTIME_DIRECTORY="''${RUNTIME_DIRECTORY:=$(${coreutil "mktemp"} -d)}"

    curl() {
      while ! ${tool pkgs "libxml2" "xmllint"} --xpath 'string(configuration/gui/apikey)' \
        "$syncthing_dir/config.xml" >"$RUNTIME_DIRECTORY/api_key"
      do
        ${coreutil "sleep"} 1
      done
      (printf "X-API-Key: "; ${coreutil "cat"} "$RUNTIME_DIRECTORY/api_key") >"$RUNTIME_DIRECTORY/headers"
      ${tool pkgs "curl" "curl"} -sSLk -H "@$RUNTIME_DIRECTORY/headers" \
        --retry 1000 --retry-delay 1 --retry-all-errors "$@"
    }
  '';

  # The password is hashed; only one that is another is set, since that ends sessions.
  setCredentials = lib.optionalString (cfg.guiCredentials != null) ''
    ${lib.toShellVars { inherit (cfg.guiCredentials) username passwordFile; }}
    password="$(<"$passwordFile")"
    eval "$(curl -X GET ${url "/rest/config/gui"} | ${jq} -r '@sh "known_name=\(.user) known_hash=\(.password)"')"

    if [[ "$known_name" != "$username" ]]; then
      ${jq} -n --arg username "$username" '{user: $username}' | curl --json @- -X PATCH ${url "/rest/config/gui"}
    fi

    if [[ -z "$known_hash" ]] || { [[ "$known_hash" != "$password" ]] && ! printf '%s' "$password" | ${tool pkgs "mkpasswd" "mkpasswd"} --stdin --salt "$known_hash" &>/dev/null; }; then
      ${jq} -n --arg password "$password" '{password: $password}' | curl --json @- -X PATCH ${url "/rest/config/gui"}
    fi
  '';

  devices = lib.mapAttrsToList (_name: device: device // { deviceID = device.id; }) cfg.settings.devices;

  folderDevice =
    device:
    if lib.isString device then
      { deviceId = cfg.settings.devices.${device}.id; }
    else
      { deviceId = cfg.settings.devices.${device.name}.id; } // device;

  folders = lib.mapAttrsToList (
    _name: folder: folder // { devices = map folderDevice folder.devices; }
  ) (lib.filterAttrs (_name: folder: folder.enable) cfg.settings.folders);

  # The command that reads the passwords of a folder's devices from their files.
  withSecrets =
    folder:
    let
      secrets = map (device: {
        inherit (device) deviceId;
        file = device.encryptionPasswordFile;
        variable = "secret_${builtins.hashString "sha256" device.encryptionPasswordFile}";
      }) (lib.filter (device: device.encryptionPasswordFile or null != null) folder.devices or [ ]);

      files = map (secret: "--rawfile ${secret.variable} ${lib.escapeShellArg secret.file}") secrets;

      updates = map (secret: ''
        .devices[] |= (
          if .deviceId == "${secret.deviceId}" then
            del(.encryptionPasswordFile) | .encryptionPassword = ''$${secret.variable}
          else
            .
          end
        )
      '') secrets;
    in
    "${jq} ${lib.concatStringsSep " " files} ${lib.escapeShellArg (lib.concatStringsSep "|" ([ "." ] ++ updates))}";

  postItem =
    kind: path: item:
    let
      file = pkgs.writeText "${kind}-${item.id}-conf-pre-secrets.json" (
        builtins.toJSON (removeAttrs item [ "ignorePatterns" ])
      );
    in
    ''
      ${withSecrets item} ${file} | curl --json @- -X POST ${url path}
    ''
    + lib.optionalString (item.ignorePatterns or null != null) ''
      curl -d ${lib.escapeShellArg (builtins.toJSON { ignore = item.ignorePatterns; })} \
        -X POST ${url "/rest/db/ignores"}?folder=${lib.strings.escapeURL item.id}
    '';

  # Sets the devices, or the folders, and removes those that are not declared.
  setItems =
    {
      kind,
      path,
      idName,
      items,
      removesOthers,
    }:
    lib.concatMapStringsSep "\n" (postItem kind path) items
    + lib.optionalString removesOthers ''
      stale_${kind}_ids="$(curl -X GET ${url path} | ${jq} \
        --argjson new_ids ${lib.escapeShellArg (builtins.toJSON (map (item: item.id) items))} \
        --raw-output '[.[].${idName}] - $new_ids | .[]'
      )"
      for id in ''${stale_${kind}_ids}; do
        curl -X DELETE ${url path}/$id
      done
    '';

  setSection = name: ''
    curl -X PUT -d ${lib.escapeShellArg (builtins.toJSON cleaned.${name})} ${url "/rest/config/${name}"}
  '';

  update = writeBash "merge-syncthing-config" ''
    set -efu
    umask 0077

    ${api}
    ${setCredentials}
    ${lib.optionalString (cleaned != { }) (
      setItems {
        kind = "devs";
        path = "/rest/config/devices";
        idName = "deviceID";
        items = devices;
        removesOthers = cfg.overrideDevices;
      }
      + setItems {
        kind = "dirs";
        path = "/rest/config/folders";
        idName = "id";
        items = folders;
        removesOthers = cfg.overrideFolders;
      }
    )}
    ${lib.concatMapStringsSep "\n" setSection (
      lib.attrNames (
        removeAttrs cleaned [
          "folders"
          "devices"
        ]
      )
    )}
    ${lib.optionalString hasOwnAddress ''
      curl -X PATCH -d '{"address": "'${cfg.guiAddress}'"}' ${url "/rest/config/gui"}
    ''}

    # Some settings need a restart.
    if curl ${url "/rest/config/restart-required"} | ${jq} -e .requiresRestart > /dev/null; then
      curl -X POST ${url "/rest/system/restart"}
    fi
  '';

  hardening = {
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    NoNewPrivileges = true;
    PrivateUsers = true;
    RestrictNamespaces = true;
    SystemCallArchitectures = "native";
    SystemCallFilter = "@system-service";
  };

  trayName = if cfg.tray.package == null then "syncthingtray" else cfg.tray.package.pname;

  agent =
    name: settings:
    {
      ProcessType = "Background";
      StandardOutPath = "${config.home.homeDirectory}/Library/Logs/Syncthing/${name}-stdout.log";
      StandardErrorPath = "${config.home.homeDirectory}/Library/Logs/Syncthing/${name}-stderr.log";
    }
    // settings;

  folderType = types.submodule (
    { name, ... }:
    {
      freeformType = json.type;
      options = {
        enable = option types.bool true "Whether the folder is shared.";
        path = mkOption {
          type = types.str // {
            check = value: types.str.check value && (lib.hasPrefix "/" value || lib.hasPrefix "~/" value);
            description = types.str.description + " starting with / or ~/";
          };
          default = name;
          description = "The directory.";
        };
        id = option types.str name "What the folder is called on all devices.";
        label = option types.str name "What the folder is called here.";
        type = option (types.enum [
          "sendreceive"
          "sendonly"
          "receiveonly"
          "receiveencrypted"
        ]) "sendreceive" "Which ways changes go. See <https://docs.syncthing.net/users/foldertypes>.";
        devices = option (types.listOf (
          types.oneOf [
            types.str
            (freeform {
              name = option types.str null "The name of the device in {option}`services.syncthing.settings.devices`.";
              encryptionPasswordFile = maybe (types.pathWith {
                inStore = false;
                absolute = true;
              }) "A file with the password, if the device gets only encrypted files.";
            })
          ]
        )) [ ] "The devices that share the folder, by name.";
        versioning =
          maybe
            (freeform {
              type = mkOption {
                type = types.enum [
                  "external"
                  "simple"
                  "staggered"
                  "trashcan"
                ];
                description = "The kind of versioning.";
              };
            })
            "How earlier versions of files are kept. See <https://docs.syncthing.net/users/versioning>."
          // {
            example = {
              type = "simple";
              params.keep = "10";
            };
          };
        copyOwnershipFromParent = option types.bool false "Whether files belong to the user that the directory belongs to. It needs root.";
        ignorePatterns = maybe (types.listOf types.str) "Lines of {file}`.stignore`; null leaves them as they are. See <https://docs.syncthing.net/users/ignoring>." // {
          example = [ "*.part" ];
        };
      };
    }
  );

  deviceType = types.submodule (
    { name, ... }:
    {
      freeformType = json.type;
      options = {
        name = option types.str name "What the device is called.";
        id = mkOption {
          type = types.str;
          example = "7CFNTQM-IMTJBHJ-3UWRDIU-ZGQJFR6-VCXZ3NB-XUH3KZO-N52ITXR-LAIYUAU";
          description = "The identifier of the device. See <https://docs.syncthing.net/dev/device-ids>.";
        };
        autoAcceptFolders = option types.bool false "Whether folders that the device offers are made without a question.";
      };
    }
  );
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "services"
      "syncthing"
      "passwordFile"
    ] "Instead, configure services.syncthing.guiCredentials.")
  ];

  options.services.syncthing = {
    enable = lib.mkEnableOption "Syncthing, which keeps directories the same on several machines. See <https://docs.syncthing.net>";

    cert = maybe types.str "The path of a certificate, which is copied to Syncthing's directory.";
    key = maybe types.str "The path of its key, which is copied to Syncthing's directory.";

    guiCredentials = maybe (types.submodule {
      options = {
        username = mkOption {
          type = types.nonEmptyStr;
          example = lib.literalExpression "config.home.username";
          description = "The name.";
        };
        passwordFile = mkOption {
          type = types.str;
          default = null;
          example = "/run/user/1000/secrets/syncthing";
          description = "The path of a file with the password.";
        };
      };
    }) "Name and password of the pages where Syncthing is set up.";

    overrideDevices = option types.bool true "Whether devices that are not declared are removed.";
    overrideFolders = option types.bool true "Whether folders that are not declared are removed from Syncthing. Their files stay.";

    settings = option (freeform {
      options = option (freeform {
        localAnnounceEnabled = maybe types.bool "Whether it tells the local network that it is there.";
        localAnnouncePort = maybe types.int "The port where it does.";
        relaysEnabled = maybe types.bool "Whether it uses servers in between.";
        urAccepted = maybe types.int "Whether it sends reports: a version of them, or -1 for no.";
        limitBandwidthInLan = maybe types.bool "Whether limits hold in the local network too.";
        maxFolderConcurrency = maybe types.int "How many folders it works on at a time.";
      }) { } "General settings. See <https://docs.syncthing.net/users/config#config-option-options>.";

      devices = option (types.attrsOf deviceType) { } "The devices, by name." // {
        example.bigbox = {
          id = "7CFNTQM-IMTJBHJ-3UWRDIU-ZGQJFR6-VCXZ3NB-XUH3KZO-N52ITXR-LAIYUAU";
          addresses = [ "tcp://192.168.0.10:51820" ];
        };
      };

      folders = option (types.attrsOf folderType) { } "The folders, by name or by path." // {
        example."/home/user/sync" = {
          id = "syncme";
          devices = [ "bigbox" ];
        };
      };
    }) { } "The configuration, which Syncthing gets while it runs. See <https://docs.syncthing.net/users/config>." // {
      example = {
        options.localAnnounceEnabled = false;
        gui.theme = "black";
      };
    };

    guiAddress = option types.str defaultAddress "Where the pages are that set Syncthing up: an address with its port, or the path of a socket.";
    allProxy = maybe types.str "The proxy of all connections." // { example = "socks5://address.com:1234"; };
    extraOptions = option (types.listOf types.str) [ ] "Arguments of {command}`syncthing serve`." // {
      example = [ "--reset-deltas" ];
    };
    package = packageOption pkgs "syncthing" { };

    tray = {
      enable = option types.bool false "Whether there is an icon in the tray.";
      command = option types.str "syncthingtray --wait" "The command of the icon, from the package." // {
        defaultText = lib.literalExpression "syncthingtray --wait";
        example = "qsyncthingtray";
      };
      package = packageOption pkgs "syncthingtray" {
        default = "syncthingtray-minimal";
        example = "pkgs.qsyncthingtray";
      };
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.enable {
      home.packages = mkIf (cfg.package != null) [ (lib.getOutput "man" cfg.package) ];

      systemd.user.services = {
        syncthing = {
          Unit = {
            Description = "Syncthing - Open Source Continuous File Synchronization";
            Documentation = "man:syncthing(1)";
            After = [ "network.target" ];
            StartLimitIntervalSec = 60;
            StartLimitBurst = 4;
          };
          Service = {
            ExecStartPre = mkIf (cfg.cert != null || cfg.key != null) "+${copyKeys}";
            ExecStart = lib.escapeShellArgs arguments;
            Restart = "on-failure";
            # It ends with these when it restarts or upgrades.
            SuccessExitStatus = [
              3
              4
            ];
            RestartForceExitStatus = [
              3
              4
            ];
            Environment = mkIf (cfg.allProxy != null) "all_proxy=${cfg.allProxy}";
          }
          // hardening;
          Install.WantedBy = [ "default.target" ];
        };

        syncthing-init = mkIf hasUpdate {
          Unit = {
            Description = "Syncthing configuration updater";
            Requires = [ "syncthing.service" ];
            After = [ "syncthing.service" ];
          };
          Service = {
            Type = "oneshot";
            ExecStart = update;
            RuntimeDirectory = "syncthing-init";
            RemainAfterExit = true;
          };
          Install.WantedBy = [ "default.target" ];
        };
      };

      launchd.agents = {
        syncthing = {
          enable = true;
          config = agent "syncthing" {
            ProgramArguments = [
              "${writeBash "syncthing-wrapper" ''
                ${copyKeys}
                exec ${lib.escapeShellArgs arguments}
              ''}"
            ];
            KeepAlive = {
              Crashed = true;
              SuccessfulExit = false;
            };
          };
        };

        syncthing-init = {
          enable = hasUpdate;
          config = agent "syncthing-init" {
            ProgramArguments = [ "${update}" ];
            RunAtLoad = true;
          };
        };
      };
    })

    (mkIf cfg.tray.enable {
      assertions = [
        (lib.hm.assertions.assertPlatform "services.syncthing.tray" pkgs lib.platforms.linux)
      ];

      home.packages = mkIf (cfg.tray.package != null) [ cfg.tray.package ];

      systemd.user.services.${trayName} = lib.hm.services.trayUnit trayName {
        ExecStart = binPath cfg.tray.package cfg.tray.command;
      };
    })
  ];
}
