{
  home.username = "jdoe";
  home.homeDirectory = "/Users/jdoe";
  home.stateVersion = "26.05";

  programs.home-manager.enable = true;
}
