{
  bin,
  cfg,
  lib,
  option,
  pkgs,
  ...
}:

let
  ini = pkgs.formats.ini { };
in
{
  title = "Pantalaimon, which encrypts for clients of Matrix";
  docs = "https://github.com/matrix-org/pantalaimon";
  linuxOnly = true;

  options.settings = option ini.type { } "The configuration. See {manpage}`pantalaimon(5)`." // {
    defaultText = lib.literalExpression "{ }";
    example.local-matrix = {
      Homeserver = "https://matrix.org";
      ListenAddress = "127.0.0.1";
    };
  };

  unit = lib.hm.services.loginUnit "Pantalaimon - E2EE aware proxy daemon for matrix clients" {
    ExecStart = "${bin "pantalaimon"} -c ${ini.generate "pantalaimon.conf" cfg.settings}";
    Restart = "on-failure";
  };
}
