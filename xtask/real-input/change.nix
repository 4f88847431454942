# What the second switch changes: something goes, something comes, something becomes different.
{ lib, ... }:
{
  home.file.".config/hooked/settings".text = lib.mkForce "two\n";
  home.file.".local/bin/hello".enable = false;
  home.file."new/place".text = "new\n";
  home.file.".dotfiles-at-once".recursive = true;
  programs.git.settings.user.email = lib.mkForce "alice@example.com";
  programs.tmux.enable = lib.mkForce false;
  systemd.user.services.sync.Service.ExecStart = lib.mkForce "/bin/false";
  xdg.dataFile."app/notes.txt".enable = false;
}
