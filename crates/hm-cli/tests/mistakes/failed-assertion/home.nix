{ config, lib, pkgs, ... }:
{
  home.username = "alice";
  home.homeDirectory = "/home/alice";
  home.stateVersion = "26.05";

  assertions = [
    {
      assertion = config.programs.git.enable;
      message = "this needs programs.git.enable";
    }
  ];
}
