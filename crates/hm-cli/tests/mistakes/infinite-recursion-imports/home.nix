{ config, lib, pkgs, ... }:
{
  home.username = "alice";
  home.homeDirectory = "/home/alice";
  home.stateVersion = "26.05";

  imports = if config.programs.git.enable then [ ./work.nix ] else [ ];
}
