{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.tealdeer;

  tomlFormat = pkgs.formats.toml { };

  configHome =
    if pkgs.stdenv.hostPlatform.isDarwin then "Library/Application Support" else config.xdg.configHome;

  updatesType = types.submodule {
    freeformType = tomlFormat.type;

    options = {
      auto_update = lib.mkEnableOption "updates of the pages by tealdeer itself";

      auto_update_interval_hours = mkOption {
        type = types.ints.positive;
        default = 720;
        description = "Hours after which the pages are old.";
      };
    };
  };

  settingsType = types.submodule {
    freeformType = tomlFormat.type;

    options.updates = mkOption {
      type = updatesType;
      default = { };
      description = "When to update the pages.";
    };
  };
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "programs" "tealdeer" "updateOnActivation" ] ''
      Updating tealdeer's cache requires network access.
      The activation script should be fast and idempotent, so the option was removed.
      Please use

        `programs.tealdeer.settings.updates.auto_update = true`

      instead, to make sure tealdeer's cache is updated periodically.
    '')
  ];

  options.programs.tealdeer = {
    enable = lib.mkEnableOption "tealdeer";

    package = lib.hm.options.packageOption pkgs "tealdeer" { nullable = true; };

    settings = mkOption {
      type = types.nullOr settingsType;
      default = null;
      example.display.use_pager = true;
      description = ''
        Contents of {file}`$XDG_CONFIG_HOME/tealdeer/config.toml`, which is in
        {file}`~/Library/Application Support` on macOS.
      '';
    };

    enableAutoUpdates = lib.mkEnableOption "a service that updates the pages" // {
      default = true;
      example = false;
    };
  };

  config = mkIf cfg.enable (
    {
      home.packages = lib.optional (cfg.package != null) cfg.package;

      home.file."${configHome}/tealdeer/config.toml" =
        mkIf (cfg.settings != null && cfg.settings != { })
          { source = tomlFormat.generate "tealdeer-config" cfg.settings; };
    }
    // lib.optionalAttrs (options.services ? tldr-update) {
      services.tldr-update = mkIf cfg.enableAutoUpdates {
        enable = true;
        inherit (cfg) package;
      };
    }
  );
}
