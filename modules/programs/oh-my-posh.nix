{
  config,
  lib,
  pkgs,
  ...
}@module:

let
  settings =
    cfg:
    if cfg.settings != { } then
      "--config ${config.xdg.configHome}/oh-my-posh/config.json"
    else if cfg.useTheme != null then
      "--config ${lib.hm.options.installPrefix cfg.package}/share/oh-my-posh/themes/${cfg.useTheme}.omp.json"
    else if cfg.configFile != null then
      "--config ${cfg.configFile}"
    else
      "";

  init = shell: cfg: "${lib.hm.options.programPath cfg.package "oh-my-posh"} init ${shell} ${settings cfg}";
in
lib.hm.programs.settingsModule module {
  name = "oh-my-posh";
  title = "oh-my-posh, a prompt for any shell";

  files.settings = {
    format = "json";
    xdg = "oh-my-posh/config.json";
    example.version = 2;
  };

  options = {
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };

    useTheme = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "agnoster";
      description = "One of the themes that oh-my-posh comes with.";
    };

    configFile = lib.mkOption {
      type = lib.types.nullOr (lib.types.either lib.types.str lib.types.path);
      default = null;
      example = "$XDG_CONFIG_HOME/oh-my-posh/custom.json";
      description = "A file with settings.";
    };
  };

  shells = {
    bash = cfg: ''
      eval "$(${init "bash" cfg})"
    '';
    zsh = cfg: ''
      eval "$(${init "zsh" cfg})"
    '';
    # A distribution's is taken to be recent.
    nushell =
      cfg:
      if cfg.package == null || lib.versionAtLeast (lib.versions.major cfg.package.version) "26" then
        init "nu" cfg + "\n"
      else
        ''
          source ${
            pkgs.runCommand "oh-my-posh-nushell-config.nu" { } ''
              ${init "nu" cfg} --print >> "$out"
            ''
          }
        '';
  };

  extraConfig = cfg: {
    assertions = [
      {
        assertion =
          lib.count lib.id [
            (cfg.settings != { })
            (cfg.useTheme != null)
            (cfg.configFile != null)
          ] <= 1;
        message = "oh-my-posh: Only one of 'settings', 'useTheme', or 'configFile' can be configured at a time.";
      }
    ];

    # The prompt of fish is also that of shells that nobody types into.
    programs.fish.shellInit = lib.mkIf cfg.enableFishIntegration ''
      ${init "fish" cfg} | source
    '';

    # It keeps the paths of its own program in its cache.
    home.activation.ohMyPoshClearCache = lib.mkIf (cfg.package != null) (
      lib.hm.dag.entryAfter [ "writeBoundary" ] ''
        hmCache="${config.xdg.cacheHome}/oh-my-posh"
        if [[ ! -f $hmCache/pkg-path || $(< "$hmCache/pkg-path") != "${cfg.package}" ]]; then
          run rm -rf "$hmCache"
          run mkdir -p "$hmCache"
          if [[ ! -v DRY_RUN ]]; then
            printf '%s' "${cfg.package}" > "$hmCache/pkg-path"
          fi
        fi
      ''
    );
  };
}
