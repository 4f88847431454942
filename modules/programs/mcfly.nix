{
  cfg,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };

  fzf = lib.hm.options.programPath cfg.mcflyFzfPackage "mcfly-fzf";
  withFzf = lib.optionalString cfg.fzf.enable;
in
{
  title = "McFly, which searches the history of shells";
  docs = "https://github.com/cantino/mcfly";

  imports = [
    (lib.mkChangedOptionModule
      [ "programs" "mcfly" "enableFuzzySearch" ]
      [ "programs" "mcfly" "fuzzySearchFactor" ]
      (config: if config.programs.mcfly.enableFuzzySearch then 2 else 0)
    )
  ];

  shells = {
    bash = ''
      eval "$(${exe} init bash)"
    ''
    + withFzf ''
      if [[ $- =~ i ]]; then
        eval "$(${fzf} init bash)"
      fi
    '';
    fish = ''
      ${exe} init fish | source
    ''
    + withFzf ''
      ${fzf} init fish | source
    '';
    zsh = ''
      eval "$(${exe} init zsh)"
    ''
    + withFzf ''
      if [[ -o interactive ]]; then
        eval "$(${fzf} init zsh)"
      fi
    '';
  };

  options = {
    mcflyFzfPackage = lib.hm.options.packageOption pkgs "mcfly-fzf" { nullable = true; };

    settings = option toml.type { } "Contents of {file}`$XDG_DATA_HOME/mcfly/config.toml`. See <https://github.com/cantino/mcfly#colors>." // {
      example.colors.menubar.bg = "black";
    };

    keyScheme = option (types.enum [
      "emacs"
      "vim"
    ]) "emacs" "Keys of the search.";

    interfaceView = option (types.enum [
      "TOP"
      "BOTTOM"
    ]) "TOP" "Where the search is shown.";

    fzf.enable = lib.mkEnableOption "fzf as the search";

    enableLightTheme = option types.bool false "Whether colors are for a light background.";

    fuzzySearchFactor = option types.ints.unsigned 0 ''
      How much shorter matches go before longer ones in a fuzzy search; 0 is no fuzzy search, and 2 to 5 are
      good.
    '';
  };

  config.xdg.dataFile."mcfly/config.toml" = lib.mkIf (cfg.settings != { }) {
    source = toml.generate "mcfly-config.toml" cfg.settings;
  };

  config.home.sessionVariables = {
    MCFLY_KEY_SCHEME = cfg.keyScheme;
    MCFLY_INTERFACE_VIEW = cfg.interfaceView;
    MCFLY_LIGHT = lib.mkIf cfg.enableLightTheme "TRUE";
    MCFLY_FUZZY = lib.mkIf (cfg.fuzzySearchFactor > 0) cfg.fuzzySearchFactor;
  };
}
