{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  yaml = pkgs.formats.yaml { };

  inherit (cfg) mpdIntegration;
  mpd = lib.optional (config.services.mpd.enable or false) "mpd.service";

  enableDefault = lib.hm.deprecations.mkStateVersionOptionDefault {
    inherit (config.home) stateVersion;
    since = "19.03";
    optionPath = [
      "programs"
      "beets"
      "enable"
    ];
    legacy = {
      value = cfg.settings != { };
      text = "config.programs.beets.settings != { }";
    };
    current.value = false;
  };
in
{
  docs = "https://beets.readthedocs.io/en/stable/reference/config.html";
  packageOption = {
    example = "(pkgs.beets.override { pluginOverrides = { beatport.enable = false; }; })";
    extraDescription = "It can have plugins.";
  };

  options = {
    enable = lib.mkOption {
      type = types.bool;
      inherit (enableDefault) default defaultText;
      description = ''
        Whether to enable beets, which manages music. Before version 19.03, settings alone enable it.

        See <https://beets.readthedocs.io/en/stable/reference/config.html>.
      '';
    };

    settings = option yaml.type { } ''
      Contents of {file}`$XDG_CONFIG_HOME/beets/config.yaml`. See
      <https://beets.readthedocs.io/en/stable/reference/config.html>.
    '';

    mpdIntegration = {
      enableStats = lib.mkEnableOption "the plugin mpdstats and its service";
      enableUpdate = lib.mkEnableOption "the plugin mpdupdate";

      host = option types.str "localhost" "Host of MPD." // {
        example = "10.0.0.42";
      };

      port = option types.port (config.services.mpd.network.port or 6600) "Port of MPD." // {
        defaultText = lib.literalExpression "config.services.mpd.network.port";
        example = 6601;
      };
    };
  };

  always.programs.beets.settings = lib.mkMerge [
    (lib.mkIf (mpdIntegration.enableStats || mpdIntegration.enableUpdate) {
      mpd = { inherit (mpdIntegration) host port; };
    })
    (lib.mkIf mpdIntegration.enableStats { plugins = [ "mpdstats" ]; })
    (lib.mkIf mpdIntegration.enableUpdate { plugins = [ "mpdupdate" ]; })
  ];

  config = {
    xdg.configFile."beets/config.yaml".source = yaml.generate "beets-config" cfg.settings;

    systemd.user.services.beets-mpdstats = lib.mkIf mpdIntegration.enableStats {
      Unit = {
        Description = "Beets MPDStats daemon";
        After = mpd;
        Requires = mpd;
      };
      Service.ExecStart = "${lib.hm.options.programPath' cfg.package "beet"} mpdstats";
      Install.WantedBy = [ "default.target" ];
    };
  };
}
