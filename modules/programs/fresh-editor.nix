{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

{
  title = "fresh, an editor for the terminal";
  docs = "https://getfresh.dev/docs/";
  installed = lib.hm.programs.withPrograms pkgs cfg.package "fresh" cfg.extraPackages;

  files.settings = {
    format = "json";
    storeName = "config.json";
    xdg = "fresh/config.json";
    example.theme = "dark";
  };

  options = {
    extraPackages = option (types.listOf types.package) [ ] "Packages that the editor can call." // {
      example = lib.literalExpression "[ pkgs.rust-analyzer ]";
    };
    defaultEditor = option types.bool false "Whether it is the editor in {env}`EDITOR` and {env}`VISUAL`.";
  };

  config.home.sessionVariables = lib.mkIf cfg.defaultEditor {
    EDITOR = "fresh";
    VISUAL = "fresh";
  };
}
