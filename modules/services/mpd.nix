{
  bin,
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
  inherit (lib) mkIf mkOption optionalString;
  inherit (lib.hm.options) tool;
  inherit (pkgs.stdenv.hostPlatform) isDarwin isLinux;

  isNew = lib.versionAtLeast config.home.stateVersion "22.11";

  # Paths of music must not be copied to the store.
  pathOption =
    type: default: defaultText: description:
    option type default description
    // {
      inherit defaultText;
      apply = toString;
    };

  hasAddress = cfg.network.listenAddress != "any";

  file = pkgs.writeText "mpd.conf" cfg.generatedConfig;
in
{
  title = "MPD, a server that plays music";
  docs = "https://mpd.readthedocs.io/en/stable/user.html";

  options = {
    enableSessionVariables = option types.bool true "Whether {env}`MPD_HOST` and {env}`MPD_PORT` are set.";

    musicDirectory = mkOption {
      type = types.either types.path types.str;
      defaultText = lib.literalExpression ''
        ''${home.homeDirectory}/music    if state version < 22.11
        ''${xdg.userDirs.music}          if xdg.userDirs.enable == true
        undefined                      otherwise
      '';
      example = "nfs://files.example.org/music";
      apply = toString;
      description = "Where the music is: a directory, or the address of a storage.";
    };
    playlistDirectory = pathOption types.path "${cfg.dataDir}/playlists" "\${dataDir}/playlists" "The directory of playlists.";
    dataDir = pathOption types.path "${config.xdg.dataHome}/mpd" "$XDG_DATA_HOME/mpd" "The directory of what MPD keeps.";
    dbFile = option (types.nullOr types.str) "${cfg.dataDir}/tag_cache" "The file with the database of the music; null if the database is elsewhere." // {
      defaultText = "\${dataDir}/tag_cache";
    };

    extraConfig = option types.lines "" "Lines at the end of {file}`mpd.conf`.";
    extraArgs = option (types.listOf types.str) [ ] "Arguments of {command}`mpd`." // {
      example = [ "--verbose" ];
    };

    network = {
      startWhenNeeded = mkOption {
        type = types.bool;
        default = false;
        visible = isLinux;
        readOnly = isDarwin;
        description = "Whether MPD starts when the first client connects.";
      };
      listenAddress = option types.str "127.0.0.1" "The address where clients connect, or `any` for all." // {
        example = "any";
      };
      port = option types.port 6600 "The port where clients connect.";
    };

    generatedConfig = mkOption {
      type = types.str;
      readOnly = true;
      description = "The contents of {file}`mpd.conf`.";
    };
  };

  config = {
    services.mpd = lib.mkMerge [
      (mkIf (isNew && config.xdg.userDirs.enable) {
        musicDirectory = lib.mkOptionDefault config.xdg.userDirs.music;
      })
      (mkIf (!isNew) {
        musicDirectory = lib.mkOptionDefault "${config.home.homeDirectory}/music";
      })
      {
        generatedConfig = ''
          music_directory     "${cfg.musicDirectory}"
          playlist_directory  "${cfg.playlistDirectory}"
        ''
        + optionalString (cfg.dbFile != null) ''
          db_file             "${cfg.dbFile}"
        ''
        + optionalString isDarwin ''
          log_file            "${config.home.homeDirectory}/Library/Logs/mpd/log.txt"
        ''
        + ''
          state_file          "${cfg.dataDir}/state"
          sticker_file        "${cfg.dataDir}/sticker.sql"

        ''
        + optionalString hasAddress ''
          bind_to_address     "${cfg.network.listenAddress}"
        ''
        + optionalString (cfg.network.port != 6600) ''
          port                "${toString cfg.network.port}"
        ''
        + optionalString (cfg.extraConfig != "") ''
          ${cfg.extraConfig}
        '';
      }
    ];

    home.sessionVariables = mkIf cfg.enableSessionVariables (
      {
        MPD_PORT = toString cfg.network.port;
      }
      // lib.optionalAttrs hasAddress { MPD_HOST = cfg.network.listenAddress; }
    );

    systemd.user.sockets.mpd = mkIf cfg.network.startWhenNeeded {
      Socket = {
        ListenStream =
          optionalString hasAddress "${cfg.network.listenAddress}:" + toString cfg.network.port;
        KeepAlive = true;
      };
      Install.WantedBy = [ "sockets.target" ];
    };

    launchd.agents.mpd = {
      enable = true;
      config = {
        ProgramArguments = [
          exe
          "--no-daemon"
          "${file}"
        ]
        ++ cfg.extraArgs;
        KeepAlive = true;
        ProcessType = "Interactive";
      };
    };
  };

  unit = {
    Unit = {
      Description = "Music Player Daemon";
      After = [
        "network.target"
        "sound.target"
      ]
      ++ lib.optional cfg.network.startWhenNeeded "mpd.socket";
      Requires = mkIf cfg.network.startWhenNeeded [ "mpd.socket" ];
    };
    Install = mkIf (!cfg.network.startWhenNeeded) { WantedBy = [ "default.target" ]; };
    Service = {
      Environment = [ "PATH=${config.home.profileDirectory}/bin" ];
      ExecStart = "${bin "mpd"} --no-daemon ${file} ${lib.escapeShellArgs cfg.extraArgs}";
      Type = "notify";
      ExecStartPre = ''${tool pkgs "bash" "bash"} -c "${tool pkgs "coreutils" "mkdir"} -p '${cfg.dataDir}' '${cfg.playlistDirectory}'"'';
    };
  };
}
