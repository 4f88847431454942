{ config, lib, ... }:

let
  removal = ''
    nixProfileRemove home-manager-path

    for hmRemains in "$hmDataPath" "$hmStatePath"; do
      [[ ! -e $hmRemains ]] || run rm $VERBOSE_ARG -r "$hmRemains"
    done
    unset hmRemains

    [[ ! -e $genProfilePath ]] || run rm $VERBOSE_ARG "$genProfilePath"*
    [[ ! -e $legacyGenGcPath ]] || run rm $VERBOSE_ARG "$legacyGenGcPath"
  '';
in
{
  options.uninstall = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = ''
      Makes a home of nothing: activating it removes every managed file, the packages, and all
      generations.
    '';
  };

  config = lib.mkIf config.uninstall {
    home = {
      packages = lib.mkForce [ ];
      file = lib.mkForce { };
      stateVersion = lib.mkForce "26.05";
      enableNixpkgsReleaseCheck = lib.mkForce false;

      activation.uninstall = lib.hm.dag.entryAfter [ "installPackages" "linkGeneration" ] removal;

      internal = {
        engineBlocks.uninstall = removal;
        activationManifest.uninstall = true;
      };
    };
    manual.manpages.enable = lib.mkForce false;
    news.display = lib.mkForce "silent";
  };
}
