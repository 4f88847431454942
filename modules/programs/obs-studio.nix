{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "OBS Studio, which records and streams the screen";
  docs = "https://obsproject.com/kb";
  installed = cfg.finalPackage;

  options = {
    finalPackage = lib.mkOption {
      type = types.nullOr types.package;
      visible = false;
      readOnly = true;
      description = "The package with its plugins.";
    };

    plugins = option (types.listOf types.package) [ ] "Plugins of OBS Studio." // {
      example = lib.literalExpression "[ pkgs.obs-studio-plugins.wlrobs ]";
    };
  };

  config.programs.obs-studio.finalPackage =
    if cfg.package == null then
      null
    else
      pkgs.wrapOBS.override { obs-studio = cfg.package; } { inherit (cfg) plugins; };
}
