{
  cfg,
  config,
  lib,
  option,
  pkgs,
  ...
}:

let
  yaml = pkgs.formats.yaml { };
  navi = lib.hm.options.programPath' cfg.package "navi";

  directory =
    if pkgs.stdenv.hostPlatform.isDarwin && !config.xdg.enable then
      "Library/Application Support"
    else
      config.xdg.configHome;
in
{
  title = "navi, cheat sheets for the command line";
  docs = "https://github.com/denisidoro/navi/tree/master/docs";

  shells = {
    bash = ''
      if [[ :$SHELLOPTS: =~ :(vi|emacs): ]]; then
        eval "$(${navi} widget bash)"
      fi
    '';
    zsh = ''
      if [[ $options[zle] = on ]]; then
        eval "$(${navi} widget zsh)"
      fi
    '';
  };
  shellOptions.fish.shellInit = ''
    ${navi} widget fish | source
  '';

  options = {

    settings = option yaml.type { } ''
      Contents of {file}`$XDG_CONFIG_HOME/navi/config.yaml`. See
      <https://github.com/denisidoro/navi/blob/master/docs/configuration/README.md>.
    '' // {
      example.cheats.paths = [ "~/cheats/" ];
    };
  };

  config = {

    home.file."${directory}/navi/config.yaml" = lib.mkIf (cfg.settings != { }) {
      source = yaml.generate "navi-config" cfg.settings;
    };
  };
}
