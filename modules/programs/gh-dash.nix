{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "gh-dash";
  title = "gh-dash, a dashboard for GitHub's command line";

  files.settings = {
    format = "yaml";
    xdg = "gh-dash/config.yml";
    always = true;
  };

  extraConfig = cfg: {
    programs.gh.extensions = lib.mkIf (cfg.package != null) [ cfg.package ];
  };
}
