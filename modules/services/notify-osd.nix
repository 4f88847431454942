{ bin, lib, ... }:

{
  title = "notify-osd, which shows notifications";
  linuxOnly = true;
  installed = null;

  unit = lib.hm.services.graphicalUnit "notify-osd" {
    ExecStart = bin "notify-osd";
    Restart = "on-abort";
  };
}
