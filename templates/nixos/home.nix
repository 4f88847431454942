{
  # The release whose defaults this configuration was written for.
  home.stateVersion = "26.05";

  home.file.".config/greeting".text = "Hello!";
}
