{ config, lib, ... }:

{
  imports = [ (lib.mkRenamedOptionModule [ "programs" "zsh" "zproof" ] [ "programs" "zsh" "zprof" ]) ];

  options.programs.zsh.zprof.enable = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = "Whether to measure the start of the shell.";
  };

  # The first and (almost) the last thing that happens.
  config.programs.zsh.initContent = lib.mkIf config.programs.zsh.zprof.enable (
    lib.mkMerge [
      (lib.mkOrder 400 "zmodload zsh/zprof\n")
      (lib.mkOrder 1450 "zprof")
    ]
  );
}
