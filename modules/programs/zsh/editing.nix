# Suggestions and colours while typing.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) installPrefix packageOption;

  cfg = config.programs.zsh;
  suggestions = cfg.autosuggestion;
  highlighting = cfg.syntaxHighlighting;
  fast = cfg.fastSyntaxHighlighting;

  quote = lib.escapeShellArg;

  stringsByName = description: example: mkOption {
    type = types.attrsOf types.str;
    default = { };
    inherit description example;
  };

  mapLines = line: attrs: lib.concatStringsSep "\n" (lib.mapAttrsToList line attrs);

  highlightingType = types.submodule {
    options = {
      enable = lib.mkEnableOption "zsh-syntax-highlighting";

      package = packageOption pkgs "zsh-syntax-highlighting" { nullable = true; };

      highlighters = mkOption {
        type = types.listOf types.str;
        default = [ ];
        defaultText = lib.literalExpression ''[ "main" ]'';
        example = [ "brackets" ];
        description = "Highlighters besides `main`, which stays unless the list is forced.";
      };

      patterns = stringsByName "Styles by pattern, for the `pattern` highlighter." {
        "rm -rf *" = "fg=white,bold,bg=red";
      };

      styles = stringsByName "Styles by kind of token." { comment = "fg=black,bold"; };
    };
  };

  fastType = types.submodule {
    options = {
      enable = lib.mkEnableOption "zsh-fast-syntax-highlighting";

      package = packageOption pkgs "zsh-fast-syntax-highlighting" { nullable = true; };

      theme = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "clean";
        description = "Theme to select with {command}`fast-theme`, which remembers it.";
      };

      settings = stringsByName "Entries of `FAST_HIGHLIGHT`." { use_brackets = "0"; };
    };
  };
in
{
  options.programs.zsh = {
    autosuggestion = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether to suggest the rest of the line.";
      };

      highlight = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "fg=#ff00ff,bg=cyan,bold,underline";
        description = "Style of a suggestion, see {manpage}`zshzle(1)`.";
      };

      strategy = mkOption {
        type = types.listOf (
          types.enum [
            "history"
            "completion"
            "match_prev_cmd"
          ]
        );
        default = [ "history" ];
        description = "Where suggestions come from, in the order tried; empty leaves the variable unset.";
      };
    };

    syntaxHighlighting = mkOption {
      type = highlightingType;
      default = { };
      description = "Colours from zsh-syntax-highlighting.";
    };

    fastSyntaxHighlighting = mkOption {
      type = fastType;
      default = { };
      description = "Colours from zsh-fast-syntax-highlighting.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = !(highlighting.enable && fast.enable);
        message = ''
          Only one Zsh syntax highlighter can be enabled at a time.
        '';
      }
    ];

    programs.zsh.initContent = lib.mkMerge [
      (mkIf suggestions.enable (
        lib.mkOrder 700 (
          ''
            source ${installPrefix (pkgs.zsh-autosuggestions or null)}/share/zsh-autosuggestions/zsh-autosuggestions.zsh
          ''
          + lib.optionalString (suggestions.strategy != [ ]) ''
            ZSH_AUTOSUGGEST_STRATEGY=(${toString suggestions.strategy})
          ''
          + lib.optionalString (suggestions.highlight != null) ''
            ZSH_AUTOSUGGEST_HIGHLIGHT_STYLE="${suggestions.highlight}"
          ''
          + "\n"
        )
      ))

      # Both want to come after every widget has been made.
      (mkIf highlighting.enable (
        lib.mkOrder 1200 ''
          source ${installPrefix highlighting.package}/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh
          ZSH_HIGHLIGHT_HIGHLIGHTERS=(${lib.escapeShellArgs highlighting.highlighters})
          ${mapLines (token: style: "ZSH_HIGHLIGHT_STYLES[${quote token}]=${quote style}") highlighting.styles}
          ${mapLines (
            pattern: style: "ZSH_HIGHLIGHT_PATTERNS+=(${quote pattern} ${quote style})"
          ) highlighting.patterns}
        ''
      ))

      (mkIf fast.enable (
        lib.mkOrder 1200 ''
          source ${installPrefix fast.package}/share/zsh/plugins/fast-syntax-highlighting/fast-syntax-highlighting.plugin.zsh
          ${lib.optionalString (fast.theme != null) "fast-theme -q ${fast.theme}\n"}
          ${mapLines (name: value: "FAST_HIGHLIGHT+=(${quote name} ${quote value})") fast.settings}
        ''
      ))
    ];
  };
}
