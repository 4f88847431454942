# The packages that modules get as `pkgs`.
{
  basePkgs,
  config,
  lib,
  pkgsPath,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.nixpkgs;

  configType = lib.mkOptionType {
    name = "nixpkgs-config";
    description = "configuration of nixpkgs";
    check = value: builtins.isAttrs value || lib.isFunction value;
    merge =
      _location: definitions:
      let
        apply = arguments: value: if lib.isFunction value then value arguments else value;
        merge = one: other: lib.recursiveUpdate one other;
      in
      arguments:
      builtins.foldl' merge { } (map (definition: apply arguments definition.value) definitions);
  };

  changed = cfg.config != null || cfg.overlays != null && cfg.overlays != [ ];

  # The given packages are used as they are unless something asks for others: reading nixpkgs a
  # second time would take as long as everything else together.
  packages =
    if !changed && cfg.system == null then
      basePkgs
    else if cfg.config == null && cfg.system == null then
      basePkgs.appendOverlays cfg.overlays
    else if pkgsPath == null then
      throw "nixpkgs.config and nixpkgs.system need a package set that can be read again: add nixpkgs as an input"
    else
      import pkgsPath (
        {
          config =
            let
              given = if cfg.config == null then { } else cfg.config;
            in
            basePkgs.config or { } // (if lib.isFunction given then given { pkgs = basePkgs; inherit lib; } else given);
          overlays = basePkgs.overlays or [ ] ++ (if cfg.overlays == null then [ ] else cfg.overlays);
          system = if cfg.system == null then basePkgs.stdenv.hostPlatform.system else cfg.system;
        }
      );
in
{
  options.nixpkgs = {
    config = mkOption {
      type = types.nullOr configType;
      default = null;
      example = {
        allowUnfree = true;
      };
      description = "The configuration of nixpkgs. With it, nixpkgs is read a second time.";
    };
    overlays = mkOption {
      type = types.nullOr (types.listOf (types.functionTo types.raw // { merge = lib.mergeOneOption; }));
      default = null;
      description = "Functions that change or add packages.";
    };
    system = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "i686-linux";
      description = "The platform that packages are built for, if not the current one.";
    };
  };

  config._module.args.pkgs = lib.mkOverride lib.modules.defaultOverridePriority packages;
}
