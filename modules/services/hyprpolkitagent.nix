{
  cfg,
  config,
  lib,
  ...
}:

{
  title = "the agent of Hyprland that asks for passwords for polkit";
  docs = "https://wiki.hypr.land/Hypr-Ecosystem/hyprpolkitagent/";
  installed = null;

  unit = lib.hm.services.unitOf config.wayland.systemd.target "Hyprland PolicyKit Agent" {
    ExecStart = "${lib.hm.options.installPrefix cfg.package}/libexec/hyprpolkitagent";
  };
}
