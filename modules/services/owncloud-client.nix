{
  bin,
  config,
  lib,
  ...
}:

{
  title = "the client of ownCloud";
  linuxOnly = true;
  installed = null;

  unit = lib.hm.services.graphicalUnit "Owncloud Client" {
    Environment = [ "PATH=${config.home.profileDirectory}/bin" ];
    ExecStart = bin "owncloud";
  };
}
