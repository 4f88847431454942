# Switches for homes that are part of a system's configuration.
{ lib, ... }:

let
  inherit (lib) mkOption types;
  switch =
    description:
    mkOption {
      type = types.bool;
      default = false;
      internal = true;
      inherit description;
    };
in
{
  options.submoduleSupport = {
    enable = switch "Whether the home is part of a system's configuration.";
    externalPackageInstall = switch "Whether the system installs the home's packages.";
  };
}
