# Chooses the packages. As long as nothing is changed, those that were given are used as they
# are: making nixpkgs a second time is the most expensive part of evaluating a small home.
{
  config,
  lib,
  givenPkgs,
  pkgsPath,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.nixpkgs;

  nixpkgsTypes = import ./nixpkgs-types.nix {
    inherit lib;
    pkgs = chosen;
  };

  givenSystem = givenPkgs.stdenv.hostPlatform.system;

  # A set of its own. That of a system is made without what the system adds to its own.
  fresh = import pkgsPath (
    lib.filterAttrs (_name: value: value != null) (
      {
        inherit (cfg) config overlays system;
      }
      // lib.optionalAttrs (!config.submoduleSupport.enable) {
        config = if cfg.config == null then givenPkgs.config or null else cfg.config;
        overlays = givenPkgs.overlays or [ ] ++ (if cfg.overlays == null then [ ] else cfg.overlays);
      }
    )
  );

  # There is nothing to configure in the embedded set.
  isConfigured = cfg.config != null && !(givenPkgs.isHomeManagerEmbedded or false);

  needsFresh = config.submoduleSupport.enable || isConfigured || cfg.system != givenSystem;

  chosen =
    if needsFresh then
      fresh
    else if cfg.overlays == null || cfg.overlays == [ ] then
      givenPkgs
    else
      givenPkgs.appendOverlays cfg.overlays;
in
{
  options.nixpkgs = {
    config = mkOption {
      type = types.nullOr nixpkgsTypes.config;
      default = null;
      example.allowUnfree = true;
      description = ''
        Configuration of nixpkgs, in place of that which `pkgs` was made with. It applies to
        this home only, not to other uses of nixpkgs by the user.
      '';
    };

    overlays = mkOption {
      type = types.nullOr (types.listOf nixpkgsTypes.overlay);
      default = null;
      example = lib.literalExpression ''
        [ (final: prev: { hello = prev.hello.overrideAttrs { doCheck = false; }; }) ]
      '';
      description = "Changes to the packages, on top of those that `pkgs` was made with.";
    };

    system = mkOption {
      type = types.str;
      default = givenSystem;
      defaultText = lib.literalExpression "pkgs.stdenv.hostPlatform.system";
      example = "aarch64-linux";
      internal = true;
      description = "The platform that the packages are for.";
    };
  };

  config._module.args = {
    # An override, so that the argument is merged without being evaluated.
    pkgs = lib.mkOverride lib.modules.defaultOverridePriority chosen;
    pkgs_i686 =
      if chosen.stdenv.hostPlatform.isLinux && chosen.stdenv.hostPlatform.isx86 then
        chosen.pkgsi686Linux
      else
        { };
  };
}
