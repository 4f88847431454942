{
  cfg,
  lib,
  ...
}:

{
  title = "the agent of GNOME that asks for passwords for polkit";
  installed = null;
  package = "polkit_gnome";

  unit = lib.hm.services.graphicalUnit "GNOME PolicyKit Agent" {
    ExecStart = "${lib.hm.options.installPrefix cfg.package}/libexec/polkit-gnome-authentication-agent-1";
  };
}
