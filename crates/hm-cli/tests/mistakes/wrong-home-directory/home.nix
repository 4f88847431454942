{ config, lib, pkgs, ... }:
{
  home.username = "alice";
  home.homeDirectory = "~";
  home.stateVersion = "26.05";
}
