{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "hyprlauncher";
  title = "hyprlauncher, the launcher of Hyprland";
  nullable = true;
  linuxOnly = false;
  description = "hyprlauncher";
  session = "wayland";

  files.settings = {
    format = "hyprconf";
    xdg = "hypr/hyprlauncher.conf";
    example.ui.window_size = "400 260";
  };

  command = cfg: "${lib.hm.options.programPath cfg.package "hyprlauncher"} -d";

  service = _cfg: {
    KillMode = "process";
    Restart = "on-failure";
    RestartSec = "10";
  };
}
