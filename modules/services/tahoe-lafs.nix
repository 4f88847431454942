{ cfg, lib, ... }:

{
  title = "Tahoe-LAFS, a store of files on many machines";
  docs = "https://tahoe-lafs.readthedocs.io";
  linuxOnly = true;
  installed = null;

  unit = {
    Unit.Description = "Tahoe-LAFS";
    Service.ExecStart = "${lib.hm.options.programPath' cfg.package "tahoe"} run -C %h/.tahoe";
  };
}
