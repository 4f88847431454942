{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "discocss, which puts style sheets into Discord";
  docs = "https://github.com/bddvlpr/discocss";
  installed =
    if cfg.package == null then
      null
    else
      cfg.package.override (
        {
          inherit (cfg) discordAlias;
        }
        // lib.optionalAttrs (cfg.discordPackage != null) { discord = cfg.discordPackage; }
      );

  options = {
    discordPackage = lib.hm.options.packageOption pkgs "discord" { nullable = true; };
    discordAlias = option types.bool true "Whether `discord` starts it too.";
    css = option types.str "" "Contents of {file}`$XDG_CONFIG_HOME/discocss/custom.css`.";
  };

  config = {
    assertions = [
      {
        assertion =
          cfg.discordAlias
          -> !(lib.any (
            package: cfg.discordPackage != null && package.name == cfg.discordPackage.name
          ) config.home.packages);
        message = "To use discocss with discordAlias you have to remove discord from home.packages, or set discordAlias to false.";
      }
    ];

    xdg.configFile."discocss/custom.css" = lib.mkIf (cfg.css != "") { text = cfg.css; };
  };
}
