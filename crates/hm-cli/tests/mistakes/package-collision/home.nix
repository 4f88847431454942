{ config, lib, pkgs, ... }:
{
  home.username = "alice";
  home.homeDirectory = "/home/alice";
  home.stateVersion = "26.05";

  home.packages = [
    (pkgs.writeShellScriptBin "hi" "echo one")
    (pkgs.writeShellScriptBin "hi" "echo two")
  ];
}
