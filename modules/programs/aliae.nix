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
  yaml = pkgs.formats.yaml { };
  home = config.home.homeDirectory;
  isInHome = lib.hasPrefix home cfg.configLocation;
in
{
  title = "aliae, which has the same aliases in all shells";
  docs = "https://aliae.dev/docs/setup/configuration";

  shells = {
    bash = ''eval "$(aliae init bash)"'';
    zsh = ''eval "$(aliae init zsh)"'';
    fish = "aliae init fish | source";
  };
  shellOptions.nushell = {
    extraConfig = "source ~/.aliae.nu";
    extraEnv = "aliae init nu";
  };

  options = {
    configLocation = option types.str "${home}/.aliae.yaml" "File of the configuration, in {env}`ALIAE_CONFIG`." // {
      defaultText = lib.literalExpression "\${config.home.homeDirectory}/.aliae.yaml";
      example = "/home/alice/aliae.yaml";
    };

    settings = option yaml.type { } "Contents of the file. See <https://aliae.dev/docs/setup/configuration>." // {
      example.alias = [
        {
          name = "a";
          value = "aliae";
        }
      ];
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.settings != { } -> isInHome;
        message = "The option `programs.aliae.configLocation` must point to a file inside user's home directory when `programs.aliae.settings` is set.";
      }
    ];

    home.sessionVariables.ALIAE_CONFIG = cfg.configLocation;
    home.file.${lib.removePrefix home cfg.configLocation} = lib.mkIf (cfg.settings != { } && isInHome) {
      source = yaml.generate "aliae.yaml" cfg.settings;
    };
  };
}
