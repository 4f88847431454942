{
  bin,
  config,
  lib,
  ...
}:

{
  title = "the window of OpenSnitch, a firewall for applications";
  docs = "https://github.com/evilsocket/opensnitch/wiki";
  linuxOnly = true;
  installed = null;

  unit = lib.hm.services.graphicalUnit "Opensnitch ui" {
    Environment = [ "PATH=${config.home.profileDirectory}/bin" ];
    ExecStart = bin "opensnitch-ui";
  };
}
