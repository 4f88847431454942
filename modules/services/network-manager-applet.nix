{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "network-manager-applet";
  title = "the applet of NetworkManager";
  package = "networkmanagerapplet";
  install = false;
  description = "Network Manager applet";
  inTray = true;

  command =
    cfg:
    toString (
      [ (lib.hm.options.programPath' cfg.package "nm-applet") ]
      ++ lib.optional config.xsession.preferStatusNotifierItems "--indicator"
    );

  # Its icons.
  extraConfig = cfg: { xdg.systemDirs.data = lib.mkIf (cfg.package != null) [ "${cfg.package}/share" ]; };
}
