{
  cfg,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "pimsync, which synchronises calendars and contacts";
  docs = "https://pimsync.whynothugo.nl";
  installed = null;

  options = {
    configFile = option (types.nullOr types.path) null "The configuration, if it is not the usual file.";
    verbosity = option (types.enum [
      "trace"
      "debug"
      "info"
      "warn"
      "error"
    ]) "warn" "Which messages it prints.";
  };

  unit = lib.hm.services.loginUnit "pimsync calendar and contacts synchronization" {
    Type = "simple";
    ExecStart = lib.concatStringsSep " " (
      [
        exe
        "-v"
        cfg.verbosity
      ]
      ++ lib.optionals (cfg.configFile != null) [
        "-c"
        cfg.configFile
      ]
      ++ [ "daemon" ]
    );
  };
}
