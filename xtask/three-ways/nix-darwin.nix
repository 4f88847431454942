# What the configuration of the chapter's nix-darwin system needs, where not all packages are
# there.
{
  imports = [ ./chapter.nix ];

  nix.enable = false;
  documentation.enable = false;

  home-manager.verbose = true;
  home-manager.backupFileExtension = "it's old";
}
