{
  home.username = "jdoe";
  home.homeDirectory = "/home/jdoe";
  home.stateVersion = "26.05";

  programs.home-manager.enable = true;
}
