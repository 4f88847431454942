{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  yaml = pkgs.formats.yaml { };

  command = "vivid ${
    lib.optionalString (cfg.colorMode != null) "-m ${cfg.colorMode}"
  } generate ${lib.optionalString (cfg.activeTheme != null) cfg.activeTheme}";
in
{
  title = "vivid, which makes the colors of ls";
  docs = "https://github.com/sharkdp/vivid";

  files.filetypes = {
    format = "yaml";
    storeName = "vivid-filetypes";
    xdg = "vivid/filetypes.yml";
    example.text.special = [ "CHANGELOG.md" ];
  };

  shells = {
    bash = ''
      export LS_COLORS="$(${command})"
    '';
    zsh = ''
      export LS_COLORS="$(${command})"
    '';
    fish = ''
      set -gx LS_COLORS "$(${command})"
    '';
  };
  shellOptions.nushell.environmentVariables.LS_COLORS = lib.hm.nushell.mkNushellInline command;

  options = {
    colorMode = option (types.nullOr (
      types.either types.str (
        types.enum [
          "8-bit"
          "24-bit"
        ]
      )
    )) null "Number of colors." // {
      example = "8-bit";
    };

    activeTheme = option (types.nullOr types.str) null "Name of the theme." // {
      example = "molokai";
    };

    themes = option (types.attrsOf (types.either types.path yaml.type)) { } "Themes by name: contents or files. See <https://github.com/sharkdp/vivid/tree/master/themes>." // {
      example.mine.colors.blue = "66d9ef";
    };
  };

  config = {
    home.sessionVariables = lib.mkIf (cfg.activeTheme != null) { VIVID_THEME = cfg.activeTheme; };

    xdg.configFile = lib.hm.files.inDirectory "vivid/themes" ".yml" (name: theme: {
      source =
        if lib.isAttrs theme then pkgs.writeText "${name}.json" (builtins.toJSON theme) else theme;
    }) cfg.themes;
  };
}
