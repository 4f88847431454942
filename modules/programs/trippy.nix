{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "trippy";
  title = "trippy, which traces routes";

  files.settings = {
    format = "toml";
    xdg = "trippy/trippy.toml";
  };

  options.forceUserConfig = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = "Whether an alias makes {command}`trip` read these settings also as root.";
  };

  extraConfig = cfg: {
    home.shellAliases = lib.mkIf cfg.forceUserConfig {
      trip = "trip -c ${config.xdg.configHome}/trippy/trippy.toml";
    };
  };
}
