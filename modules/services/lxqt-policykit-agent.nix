{ bin, lib, ... }:

{
  title = "the agent of LXQt that asks for passwords for polkit";
  installed = null;
  package = [
    "lxqt"
    "lxqt-policykit"
  ];

  unit =
    lib.recursiveUpdate
      (lib.hm.services.graphicalUnit "LXQT PolicyKit Agent" { ExecStart = bin "lxqt-policykit-agent"; })
      {
        Unit.After = [ "graphical-session-pre.target" ];
      };
}
