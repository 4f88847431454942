{
  bin,
  config,
  lib,
  ...
}:

{
  title = "the proxy of KDE for icons of older programs in the tray";
  linuxOnly = true;
  installed = null;
  package = [
    "kdePackages"
    "plasma-workspace"
  ];

  unit = lib.hm.services.graphicalUnit "XEmbed SNI Proxy" {
    Environment = [ "PATH=${config.home.profileDirectory}/bin" ];
    ExecStart = bin "xembedsniproxy";
    Restart = "on-abort";
  };
}
