{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.zsh.zsh-abbr;

  abbreviationOption = description: example: lib.mkOption {
    type = lib.types.attrsOf lib.types.str;
    default = { };
    inherit description example;
  };

  lines =
    command:
    lib.mapAttrsToList (
      name: expansion: "${command} ${lib.escapeShellArg name}=${lib.escapeShellArg expansion}"
    );
in
{
  options.programs.zsh.zsh-abbr = {
    enable = lib.mkEnableOption "zsh-abbr, which expands abbreviations while typing";

    package = lib.hm.options.packageOption pkgs "zsh-abbr" { };

    abbreviations = abbreviationOption "Expansions of commands." { gco = "git checkout"; };

    globalAbbreviations = abbreviationOption "Expansions anywhere in a line." { G = "| grep"; };
  };

  config = lib.mkIf cfg.enable {
    # A distribution's plugin is loaded from where it is.
    programs.zsh.initContent = lib.mkIf (cfg.package == null) ''
      for hmFile in /usr/share/zsh/plugins/zsh-abbr/zsh-abbr.plugin.zsh /usr/share/zsh-abbr/zsh-abbr.zsh; do
        if [[ -r $hmFile ]]; then source "$hmFile"; break; fi
      done
      unset hmFile
    '';

    programs.zsh.plugins = lib.mkIf (cfg.package != null) [
      {
        name = "zsh-abbr";
        src = cfg.package;
        file = "share/zsh/zsh-abbr/zsh-abbr.plugin.zsh";
      }
    ];

    xdg.configFile."zsh-abbr/user-abbreviations".text =
      lib.concatStringsSep "\n" (
        lines "abbr" cfg.abbreviations ++ lines "abbr -g" cfg.globalAbbreviations
      )
      + "\n";
  };
}
