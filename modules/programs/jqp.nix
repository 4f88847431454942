{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "jqp";
  title = "jqp, where jq queries are tried";

  files.settings = {
    format = "yaml";
    home = ".jqp.yaml";
  };
}
