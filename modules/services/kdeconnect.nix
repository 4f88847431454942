{
  bin,
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "KDE Connect, which ties the desktop to a telephone";
  docs = "https://kdeconnect.kde.org";
  linuxOnly = true;
  package = [
    "kdePackages"
    "kdeconnect-kde"
  ];

  options.indicator = option types.bool false "Whether there is an icon in the tray.";

  unit =
    lib.hm.services.graphicalUnit "Adds communication between your desktop and your smartphone"
      {
        ExecStart = bin "kdeconnectd";
        Restart = "on-abort";
      };

  always = lib.mkIf cfg.indicator {
    assertions = [
      (lib.hm.assertions.assertPlatform "services.kdeconnect" pkgs lib.platforms.linux)
    ];

    systemd.user.services.kdeconnect-indicator = lib.hm.services.trayUnit "kdeconnect-indicator" {
      ExecStart = bin "kdeconnect-indicator";
      Restart = "on-abort";
    };
  };
}
