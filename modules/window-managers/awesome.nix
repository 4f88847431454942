{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.xsession.windowManager.awesome;

  # Where a package has modules of Lua.
  search =
    package: directory:
    " --search ${package}/${directory}/lua/${cfg.package.lua.luaversion or "5.3"}";
in
{
  options.xsession.windowManager.awesome = {
    enable = lib.mkEnableOption "awesome, a window manager for X";
    package = lib.hm.options.packageOption pkgs "awesome" { };
    luaModules = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.luaPackages.vicious ]";
      description = "Packages with modules of Lua that the configuration uses.";
    };
    noArgb = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether windows cannot be transparent, which may be faster.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "xsession.windowManager.awesome" pkgs lib.platforms.linux)
    ];

    home.packages = lib.mkIf (cfg.package != null) [ cfg.package ];

    xsession.windowManager.command =
      "${lib.hm.options.binPath cfg.package "awesome"} "
      + lib.optionalString cfg.noArgb "--no-argb "
      + lib.concatMapStrings (package: search package "share" + search package "lib") cfg.luaModules;
  };
}
