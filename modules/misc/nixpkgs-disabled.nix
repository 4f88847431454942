# The options `nixpkgs.*` where the packages are those of the system: they say that they have
# no effect.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.nixpkgs;

  nixpkgsTypes = import ./nixpkgs-types.nix { inherit lib pkgs; };

  hidden =
    type:
    mkOption {
      type = types.nullOr type;
      default = null;
      visible = false;
      description = "Has no effect with the packages of the system.";
    };

  files = lib.unique (
    lib.optionals (cfg.config != null) options.nixpkgs.config.files
    ++ lib.optionals (cfg.overlays != null) options.nixpkgs.overlays.files
  );
in
{
  options.nixpkgs = {
    config = hidden nixpkgsTypes.config;
    overlays = hidden (types.listOf nixpkgsTypes.overlay);
  };

  config = {
    assertions = [
      {
        assertion = cfg.config == null || cfg.overlays == null;
        message = ''
          `nixpkgs` options are disabled when `home-manager.useGlobalPkgs` is enabled.
          Definitions found in ${lib.showFiles files}.
        '';
      }
    ];

    warnings = lib.optional (cfg.config != null || cfg.overlays != null) ''
      You have set either `nixpkgs.config` or `nixpkgs.overlays` while using `home-manager.useGlobalPkgs`.
      This will soon not be possible. Please remove all `nixpkgs` options when using `home-manager.useGlobalPkgs`.
      Definitions found in ${lib.showFiles files}.
    '';
  };
}
