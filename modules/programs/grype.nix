{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "grype";
  title = "Grype, which looks for vulnerabilities";

  files.settings = {
    format = "yaml";
    xdg = "grype/config.yaml";
  };
}
