# A home that takes itself away.
{ config, lib, ... }:

{
  options.uninstall = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = ''
      Whether everything that is managed, and Home Manager's own state, is removed on activation.
    '';
  };

  config = lib.mkIf config.uninstall {
    home.packages = lib.mkForce [ ];
    home.file = lib.mkForce { };
    home.stateVersion = lib.mkForce config.home.version.release;
    manual.manpages.enable = lib.mkForce false;

    home.activation.uninstall =
      lib.hm.dag.entryAfter
        [
          "installPackages"
          "linkGeneration"
        ]
        ''
          nixProfileRemove home-manager-path

          if [[ -e $hmDataPath ]]; then run rm $VERBOSE_ARG -r "$hmDataPath"; fi
          if [[ -e $hmStatePath ]]; then run rm $VERBOSE_ARG -r "$hmStatePath"; fi
          if [[ -e $genProfilePath ]]; then run rm $VERBOSE_ARG "$genProfilePath"*; fi
          if [[ -e $legacyGenGcPath ]]; then run rm $VERBOSE_ARG "$legacyGenGcPath"; fi
        '';
  };
}
