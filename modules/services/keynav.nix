{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "keynav";
  title = "keynav, which moves the pointer with the keyboard";
  install = false;
  description = "keynav";

  files.settings = {
    format = pkgs.formats.keyValue { mkKeyValue = lib.generators.mkKeyValueDefault { } " "; };
    xdg = "keynav/keynavrc";
    example."ctrl+semicolon" = "start";
  };

  command = cfg: lib.hm.options.programPath cfg.package "keynav";

  service = _cfg: {
    Restart = "always";
    RestartSec = 3;
  };
}
