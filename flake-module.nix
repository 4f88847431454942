# Homes in flakes that are made with flake-parts.
{
  lib,
  flake-parts-lib,
  moduleLocation,
  ...
}:

let
  inherit (lib) mkOption types;

  # Says where a module comes from, and keeps it from being imported into anything but a home.
  labelled = name: module: {
    _class = "homeManager";
    _file = "${toString moduleLocation}#homeModules.${name}";
    imports = [ module ];
  };
in
{
  options.flake = flake-parts-lib.mkSubmoduleOptions {
    homeConfigurations = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      description = "Homes, from `homeManagerConfiguration`.";
    };

    homeModules = mkOption {
      type = types.lazyAttrsOf types.deferredModule;
      default = { };
      apply = lib.mapAttrs labelled;
      description = "Modules that homes, of this flake or of others, can import.";
    };
  };
}
