# What examples need beside themselves to be whole configurations, by a pattern for the names of
# their options.
{ lib, pkgs, package }:

[
  {
    options = "accounts\\.email\\.accounts\\.<name>\\..*";
    configuration.accounts.email.accounts.example = {
      primary = lib.mkDefault true;
      address = lib.mkDefault "a@example.com";
      realName = lib.mkDefault "A";
      userName = lib.mkDefault "a";
      passwordCommand = lib.mkDefault "true";
      imap.host = lib.mkDefault "imap.example.com";
      getmail.mailboxes = lib.mkDefault [ "INBOX" ];
    };
  }
  {
    options = "programs\\.rclone\\.remotes\\.<name>\\..*";
    configuration.programs.rclone.remotes.example.config.type = lib.mkDefault "local";
  }
  {
    options = "home\\.pointerCursor\\..*";
    configuration.home.pointerCursor.name = lib.mkDefault "Adwaita";
  }
  {
    options = "programs\\.(ghostty|starship)\\..*";
    configuration = {
      programs.ghostty.package = lib.mkOverride 900 (package "ghostty");
      programs.starship.package = lib.mkOverride 900 (package "starship");
    };
  }
  {
    options = "programs\\.man\\.mandoc\\..*";
    configuration.programs.man.man-db.enable = false;
  }
  {
    options = "services\\.wlsunset\\.(latitude|longitude|enable|gamma|output)";
    configuration.services.wlsunset = {
      latitude = lib.mkDefault 1;
      longitude = lib.mkDefault 1;
    };
  }
  {
    options = "services\\.wlsunset\\.(sunrise|sunset|duration)";
    configuration.services.wlsunset = {
      sunrise = lib.mkDefault "06:30";
      sunset = lib.mkDefault "18:00";
    };
  }
  {
    options = "sshAuthSock\\..*";
    configuration.sshAuthSock = {
      systemd.socketProviderUnit = lib.mkDefault "ssh-agent.service";
      initialization = lib.genAttrs [
        "bash"
        "fish"
        "nushell"
        "zsh"
      ] (_shell: lib.mkDefault "");
    };
  }
  {
    options = "xdg\\.desktopEntries\\.<name>\\..*";
    configuration.xdg.desktopEntries.example.name = lib.mkDefault "Example";
  }
  {
    options = "xdg\\.portal\\..*";
    configuration.xdg.portal.extraPortals = [ (package "portal") ];
  }
  {
    options = "systemd\\.user\\.services\\.<name>\\.Unit\\.X-.*";
    configuration.xdg.configFile."service.conf".text = "";
  }
  {
    options = "programs\\.fish\\.binds\\.<name>\\..*";
    configuration.programs.fish.binds.example.command = lib.mkDefault "true";
  }
  {
    options = "programs\\.(emacs\\.extra.*|helix\\.extraPackages)";
    configuration = {
      programs.emacs.package = null;
      programs.helix.package = package "helix";
    };
  }
]
