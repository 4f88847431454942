{ config, lib, pkgs, ... }:
{
  home.username = "alice";
  home.homeDirectory = "/home/alice";
  home.stateVersion = "26.05";

  programs.bash.enable = true;
  programs.bash.initExtra = ''
    export PATH="${HOME}/bin:$PATH"
  '';
}
