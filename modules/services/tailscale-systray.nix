{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  isAtLeast = version: cfg.package == null || lib.versionAtLeast cfg.package.version version;
in
{
  title = "the icon of Tailscale in the tray";
  linuxOnly = true;
  installed = null;
  package = "tailscale";

  options.theme = option (types.nullOr (
    types.enum [
      "dark"
      "dark:nobg"
      "light"
      "light:nobg"
    ]
  )) null "The colours of the icon; null is the program's default." // {
    example = "dark:nobg";
  };

  config.assertions = [
    {
      assertion = isAtLeast "1.88.1";
      message = ''
        Tailscale systray is available since version 1.88.1
      '';
    }
    {
      assertion = cfg.theme != null -> isAtLeast "1.98";
      message = ''
        Tailscale systray supports themes since version 1.98
      '';
    }
  ];

  unit = lib.hm.services.trayUnit "Official Tailscale systray application for Linux" {
    ExecStart = lib.concatStringsSep " " (
      [ "${lib.hm.options.programPath cfg.package "tailscale"} systray" ]
      ++ lib.optional (cfg.theme != null) "--theme ${cfg.theme}"
    );
  };
}
