{ config, lib, pkgs, ... }:
{
  home.username = "alice";
  home.homeDirectory = "/home/alice";
  home.stateVersion = "26.05";

  home.sessionPath = [
    "/opt/bin"
    8080
  ];
}
