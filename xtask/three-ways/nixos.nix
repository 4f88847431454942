# A system for the NixOS flake of the chapter.
{
  boot.loader.grub.device = "/dev/sda";
  fileSystems."/".device = "/dev/sda1";

  users.users.jdoe = {
    isNormalUser = true;
    home = "/home/jdoe";
  };

  # Of everything that the unit's environment can say.
  home-manager.verbose = true;
  home-manager.backupFileExtension = "backup";
  home-manager.overwriteBackup = true;
}
