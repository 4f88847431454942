# The home that the switches of `cargo xtask bench` are measured with.
{ ... }:
{
  home.username = "alice";
  home.homeDirectory = "@homeDirectory@";
  home.stateVersion = "26.05";
  manual.manpages.enable = false;
  home.file."a/b".text = "number @number@";
  home.file.".hushlogin".text = "";
  home.sessionVariables.EDITOR = "vim";
  xdg.enable = true;
  xdg.configFile."app/settings".text = "colour = green";
  programs.git = {
    enable = true;
    package = null;
    settings.user.name = "Alice";
  };
  programs.bash = {
    enable = true;
    shellAliases.ll = "ls -l";
  };
  programs.readline.enable = true;
}
