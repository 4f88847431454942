{
  home.username = "jdoe";
  home.homeDirectory = "/home/jdoe";

  # The release whose defaults this configuration was written for.
  home.stateVersion = "26.05";

  home.file.".config/greeting".text = "Hello!";

  # Keep the command `home-manager` in the profile.
  programs.home-manager.enable = true;
}
