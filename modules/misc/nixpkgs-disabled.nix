# `nixpkgs.*` where the packages are given from outside: setting anything there is a mistake.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.nixpkgs;
  disabled =
    type:
    mkOption {
      type = types.nullOr type;
      default = null;
      description = "Without effect here: the packages are given from outside.";
    };
  set = lib.filterAttrs (_name: value: value != null) {
    inherit (cfg) config overlays;
  };
in
{
  options.nixpkgs = {
    config = disabled types.raw;
    overlays = disabled (types.listOf types.raw);
  };

  config.warnings = lib.optional (set != { }) ''
    You have set ${lib.concatMapStringsSep " and " (name: "`nixpkgs.${name}`") (builtins.attrNames set)} while `home-manager.useGlobalPkgs` is on.
    The setting has no effect: the packages are those of the system's configuration.
  '';
}
