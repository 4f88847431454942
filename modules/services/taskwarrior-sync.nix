{
  bin,
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "the timer that synchronises the tasks of Taskwarrior";
  linuxOnly = true;
  installed = null;
  package = "taskwarrior2";
  packageOption.example = "pkgs.taskwarrior3";

  options.frequency = option types.str "*:0/5" "When it runs, as {manpage}`systemd.time(7)` has it.";

  unit = {
    Unit.Description = "Taskwarrior sync";
    Service = {
      CPUSchedulingPolicy = "idle";
      IOSchedulingClass = "idle";
      ExecStart = "${bin "task"} synchronize";
    };
  };

  config.systemd.user.timers.taskwarrior-sync = lib.hm.services.timer "Taskwarrior periodic sync" {
    Unit = "taskwarrior-sync.service";
    OnCalendar = cfg.frequency;
  };
}
