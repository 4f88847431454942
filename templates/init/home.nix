{ config, pkgs, ... }:

{
  # Who this home belongs to, and where it is.
  home.username = "@username@";
  home.homeDirectory = "@homeDirectory@";

  # The release whose defaults this configuration was written for. It does not say which
  # version is installed: leave it alone, until you have read what changed.
  home.stateVersion = "26.05";

  # Packages for your profile.
  home.packages = [
    # (pkgs.writeShellScriptBin "greet" ''
    #   echo "Hello, ${config.home.username}!"
    # '')
  ];

  # Files in your home, by their path.
  home.file = {
    # A file beside this one:
    # ".inputrc".source = ./inputrc;

    # Or a text:
    # ".config/example/settings.conf".text = ''
    #   colour = green
    # '';
  };

  # Variables for your shells. They are set by shells that Home Manager writes the
  # configuration of; others can source
  #
  #   ~/.nix-profile/etc/profile.d/hm-session-vars.sh
  home.sessionVariables = {
    # EDITOR = "vim";
  };

  # Many programs have options of their own:
  # programs.git = {
  #   enable = true;
  #   settings.user.name = "Your Name";
  # };

  # Keep the command `home-manager` in your profile.
  programs.home-manager.enable = true;
}
