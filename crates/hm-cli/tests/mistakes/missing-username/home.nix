{ config, lib, pkgs, ... }:
{
  home.homeDirectory = "/home/alice";
  home.stateVersion = "26.05";
}
