{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) installPrefix programPath;

  cfg = config.programs.atuin;

  tomlFormat = pkgs.formats.toml { };

  atuin = programPath cfg.package "atuin";
  flags = lib.escapeShellArgs cfg.flags;

  # A distribution's atuin is taken to be recent.
  atLeast = version: cfg.package == null || lib.versionAtLeast cfg.package.version version;

  daemonArguments = [ "daemon" ] ++ lib.optional (atLeast "18.13.0") "start";

  # atuin writes into the home directory even to print its script.
  shellScript =
    name: shell:
    pkgs.runCommand name { nativeBuildInputs = [ pkgs.writableTmpDirAsHomeHook ]; } ''
      ${atuin} init ${shell} ${flags} > "$out"
    '';

  nushellScript = lib.hm.nushell.loadOutput {
    inherit pkgs;
    inherit (cfg) package;
    inherit (config.xdg) cacheHome;
    program = "atuin";
    arguments = "init nu ${flags}";
    name = "atuin-nushell-config.nu";
    built = shellScript "atuin-nushell-config.nu" "nu";
  };

  settingsType =
    let
      scalar = types.oneOf [
        types.bool
        types.int
        types.str
      ];
      entry = types.either scalar (types.listOf (types.either scalar (types.attrsOf scalar)));
      table = type: types.either entry (types.attrsOf type);
    in
    types.attrsOf (table (table entry)) // { description = "Atuin configuration"; };

  themeFile = name: theme: {
    name = "atuin/themes/${name}.toml";
    value.source =
      if lib.isString theme then
        pkgs.writeText "atuin-theme-${name}" theme
      else if lib.isPath theme || lib.isStorePath theme then
        theme
      else
        tomlFormat.generate "atuin-theme-${name}" theme;
  };

  usesSystemd = config.systemd.user.enable or pkgs.stdenv.hostPlatform.isLinux;
  usesLaunchd = config.launchd.enable or false;
in
{
  options.programs.atuin = {
    enable = lib.mkEnableOption "the shell history atuin";

    package = lib.hm.options.packageOption pkgs "atuin" { nullable = true; };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption {
      inherit config;
      extraDescription = "It takes Ctrl-R.";
    };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption {
      inherit config;
      extraDescription = "It takes Ctrl-R and the up key.";
    };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption {
      inherit config;
      extraDescription = "It takes Ctrl-R and the up key.";
    };

    flags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--disable-up-arrow" ];
      description = "Command line options of {command}`atuin init`.";
    };

    settings = mkOption {
      type = settingsType;
      default = { };
      example.search_mode = "prefix";
      description = "Contents of {file}`$XDG_CONFIG_HOME/atuin/config.toml`.";
    };

    forceOverwriteSettings = mkOption {
      type = types.bool;
      default = false;
      description = "Whether to replace the file that atuin writes if there is none.";
    };

    themes = mkOption {
      type = types.attrsOf (
        types.oneOf [
          tomlFormat.type
          types.path
          types.lines
        ]
      );
      default = { };
      example.mine.colors.Base = "#000000";
      description = "Themes by name: their contents, a file with them, or its text.";
    };

    daemon = {
      enable = lib.mkEnableOption "the daemon of atuin";

      logLevel = mkOption {
        type = types.nullOr (
          types.enum [
            "trace"
            "debug"
            "info"
            "warn"
            "error"
          ]
        );
        default = null;
        description = "What the daemon logs.";
      };
    };
  };

  config = mkIf cfg.enable (
    lib.mkMerge [
      {
        home.packages = lib.optional (cfg.package != null) cfg.package;

        xdg.configFile = {
          "atuin/config.toml" = mkIf (cfg.settings != { }) {
            source = tomlFormat.generate "atuin-config" cfg.settings;
            force = cfg.forceOverwriteSettings;
          };
        }
        // lib.mapAttrs' themeFile cfg.themes;

        programs.atuin.settings = mkIf config.home.preferXdgDirectories {
          logs.dir = lib.mkDefault "${config.xdg.stateHome}/atuin/logs";
        };

        programs.bash.initExtra = mkIf cfg.enableBashIntegration ''
          if [[ :$SHELLOPTS: =~ :(vi|emacs): ]]; then
            source "${installPrefix (pkgs.bash-preexec or null)}/share/bash/bash-preexec.sh"
            eval "$(${atuin} init bash ${flags})"
          fi
        '';

        programs.zsh.initContent = mkIf cfg.enableZshIntegration ''
          if [[ $options[zle] = on ]]; then
            eval "$(${atuin} init zsh ${flags})"
          fi
        '';

        programs.fish.interactiveShellInit = mkIf cfg.enableFishIntegration (
          if cfg.package == null then
            ''
              atuin init fish ${flags} | source
            ''
          else
            ''
              source ${shellScript "atuin-fish-config.fish" "fish"}
            ''
        );

        # After fzf, so that Ctrl-R is atuin's.
        programs.nushell = mkIf cfg.enableNushellIntegration (
          nushellScript // { extraConfig = lib.mkOrder 2000 nushellScript.extraConfig; }
        );
      }

      (mkIf cfg.daemon.enable (
        {
          assertions = [
            {
              assertion = usesSystemd || usesLaunchd;
              message = "The Atuin daemon can only be configured on systems with systemd or launchd.";
            }
          ];

          programs.atuin.settings.daemon = {
            enabled = true;
            systemd_socket = usesSystemd;
            socket_path = mkIf (!usesSystemd) (lib.mkDefault "${config.xdg.dataHome}/atuin/daemon.sock");
          };

          systemd.user.services.atuin-daemon = {
            Unit = {
              Description = "Atuin daemon";
              Requires = [ "atuin-daemon.socket" ];
            };
            Install = {
              Also = [ "atuin-daemon.socket" ];
              WantedBy = [ "default.target" ];
            };
            Service = {
              ExecStart = "${atuin} ${toString daemonArguments}";
              Environment = lib.optional (
                cfg.daemon.logLevel != null
              ) "ATUIN_LOG=${cfg.daemon.logLevel}";
              Restart = "on-failure";
              RestartSteps = 3;
              RestartMaxDelaySec = 6;
            };
          };

          systemd.user.sockets.atuin-daemon = {
            Unit.Description = "Atuin daemon socket";
            Install.WantedBy = [ "sockets.target" ];
            Socket = {
              ListenStream = "${if atLeast "18.4.0" then "%t" else "%D/atuin"}/atuin.sock";
              SocketMode = "0600";
              RemoveOnStop = true;
            };
          };
        }
        // lib.optionalAttrs (options ? launchd) {
          launchd.agents.atuin-daemon = {
            enable = true;
            config = {
              ProgramArguments = [ atuin ] ++ daemonArguments;
              EnvironmentVariables = lib.optionalAttrs (cfg.daemon.logLevel != null) {
                ATUIN_LOG = cfg.daemon.logLevel;
              };
              KeepAlive = {
                Crashed = true;
                SuccessfulExit = false;
              };
              ProcessType = "Background";
            };
          };
        }
      ))
    ]
  );
}
