# A home with what every home has, and some programs with files of each kind.
{ config, pkgs, ... }:
{
  home.username = "alice";
  home.homeDirectory = "@homeDirectory@";
  home.stateVersion = "25.05";
  # The stand-in for nixpkgs has no builder of documentation.
  manual.manpages.enable = false;

  programs.bash = {
    enable = true;
    shellAliases.ll = "ls -l";
  };
  programs.git = {
    enable = true;
    settings.user.name = "Alice";
  };
  programs.ssh = {
    enable = true;
    enableDefaultConfig = false;
    settings."*".Compression = true;
  };
  xdg.enable = true;
  xdg.configFile."example/settings.json".text = builtins.toJSON { a = [ 1 2 3 ]; };
  home.file = {
    "script" = {
      executable = true;
      text = "#!/bin/sh\necho hello\n";
    };
    "tree".source = ./tree;
    "linked".source = config.lib.file.mkOutOfStoreSymlink "/somewhere/else";
  };
  home.sessionVariables.EDITOR = "vi";
  systemd.user.services.example = {
    Unit.Description = "An example";
    Service.ExecStart = "${pkgs.coreutils}/bin/true";
    Install.WantedBy = [ "default.target" ];
  };
}
