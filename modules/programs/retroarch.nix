{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "RetroArch, for games of old";
  docs = "https://docs.libretro.com/";
  package = "retroarch-bare";
  nullable = false;
  installed = cfg.finalPackage;

  options = {
    finalPackage = lib.mkOption {
      type = types.package;
      readOnly = true;
      description = "The package with its cores and settings.";
    };

    cores = option (types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = {
            enable = lib.mkEnableOption "the core";
            package = lib.hm.options.packageOption pkgs name {
              default = [
                "libretro"
                name
              ];
            };
          };
        }
      )
    )) { } "Cores, by the name of their package. See <https://docs.libretro.com/guides/core-list/>." // {
      example = lib.literalExpression ''
        { mgba.enable = true; }
      '';
    };

    settings = option (types.attrsOf types.str) { } "Settings, as {file}`retroarch.cfg` has them." // {
      example.video_driver = "vulkan";
    };
  };

  config.programs.retroarch.finalPackage = cfg.package.wrapper {
    inherit (cfg) settings;
    cores = map (core: core.package) (lib.filter (core: core.enable) (lib.attrValues cfg.cores));
  };
}
