{ exe, lib, ... }:

{
  title = "Keybase";
  docs = "https://keybase.io/docs";
  linuxOnly = true;

  unit = lib.hm.services.loginUnit "Keybase service" {
    ExecStart = "${exe} service --auto-forked";
    Restart = "on-failure";
    PrivateTmp = true;
  };
}
