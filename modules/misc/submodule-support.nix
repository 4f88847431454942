# For homes that are a part of a NixOS or nix-darwin system.
{ lib, ... }:

let
  internalSwitch =
    description:
    lib.mkOption {
      type = lib.types.bool;
      default = false;
      internal = true;
      inherit description;
    };
in
{
  options.submoduleSupport = {
    enable = internalSwitch "Whether the home is a part of a system.";
    externalPackageInstall = internalSwitch "Whether the system installs the packages of the home.";
  };

  # A module may ask for these also where there is no system.
  config._module.args = lib.genAttrs [ "osConfig" "nixosConfig" "darwinConfig" ] (
    _name: lib.mkDefault null
  );
}
