{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin then
      "${config.home.homeDirectory}/Library/Application Support/nvchecker"
    else
      "${config.xdg.configHome}/nvchecker";

  path = default: description: option (types.pathWith { }) default "${description}; relative paths start from the directory of the configuration.";
in
{
  title = "nvchecker, which looks for new releases";
  docs = "https://nvchecker.readthedocs.io/en/latest/usage.html";

  options.settings = option (types.submodule {
    freeformType = toml.type;
    options.__config__ =
      option (types.submodule {
        freeformType = toml.type;
        options = {
          oldver = path "old_ver.json" "File of the known versions";
          newver = path "new_ver.json" "File of the newest versions";
        };
      }) { } "Settings of nvchecker itself."
      // {
        defaultText = lib.literalExpression ''
          {
            oldver = "old_ver.json";
            newver = "new_ver.json";
          };
        '';
      };
  }) { } "Contents of {file}`nvchecker.toml`. See <https://nvchecker.readthedocs.io/en/latest/usage.html>." // {
    defaultText = lib.literalExpression ''
      __config__ = {
        oldver = "old_ver.json";
        newver = "new_ver.json";
      };
    '';
    example.nvchecker = {
      source = "github";
      github = "lilydjwg/nvchecker";
    };
  };

  config.home.file."${directory}/nvchecker.toml".source = lib.mkIf (cfg.settings != { }) (
    toml.generate "nvchecker.toml" cfg.settings
  );
}
