# What the second switch changes: something goes, something comes, something becomes different.
# A directory that is one link does not become many links here: upstream then writes through the link,
# as root into the store (ours replaces the link; crates/hm-activate/tests has that case).
{ lib, ... }:
{
  home.file.".config/hooked/settings".text = lib.mkForce "two\n";
  home.file.".local/bin/hello".enable = false;
  home.file."new/place".text = "new\n";
  programs.git.settings.user.email = lib.mkForce "alice@example.com";
  programs.tmux.enable = lib.mkForce false;
  systemd.user.services.sync.Service.ExecStart = lib.mkForce "/bin/false";
  xdg.dataFile."app/notes.txt".enable = false;
}
