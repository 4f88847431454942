{
  cfg,
  lib,
  option,
  types,
  ...
}:

{
  title = "script-directory, which runs the scripts of a directory";
  docs = "https://github.com/ianthehenry/sd";

  options.settings = option (types.attrsOf types.str) { } "Environment variables of script-directory. See <https://github.com/ianthehenry/sd#options>." // {
    example = lib.literalExpression ''
      {
        SD_ROOT = "''${config.home.homeDirectory}/.sd";
        SD_EDITOR = "nvim";
      }
    '';
  };

  config.home.sessionVariables = cfg.settings;
}
