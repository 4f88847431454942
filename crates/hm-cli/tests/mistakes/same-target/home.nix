{ config, lib, pkgs, ... }:
{
  home.username = "alice";
  home.homeDirectory = "/home/alice";
  home.stateVersion = "26.05";

  home.file.".vimrc".text = "set number";
  home.file."vim" = {
    target = ".vimrc";
    text = "set nonumber";
  };
}
