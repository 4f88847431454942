{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (import ./paths.nix { inherit config lib; }) dotDirAbs mkShellVarPathStr;

  cfg = config.programs.zsh;
  inherit (cfg) history historySubstringSearch;

  flag = default: description: mkOption {
    type = types.bool;
    inherit default description;
  };

  historyType = types.submodule (
    { config, ... }:
    {
      options = {
        size = mkOption {
          type = types.int;
          default = 10000;
          description = "Number of commands remembered by a shell.";
        };

        save = mkOption {
          type = types.int;
          default = config.size;
          defaultText = lib.literalExpression "size";
          description = "Number of commands kept in the history file.";
        };

        path = mkOption {
          type = types.str;
          default = "${dotDirAbs}/.zsh_history";
          defaultText = lib.literalExpression ''"''${config.programs.zsh.dotDir}/.zsh_history"'';
          description = "The history file.";
        };

        ignorePatterns = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "rm *" ];
          description = "Patterns of commands that are not remembered.";
        };

        append = flag false "Whether shells add to the history file instead of replacing it.";
        ignoreDups = flag true "Whether a command equal to the one before is not remembered.";
        ignoreAllDups = flag false "Whether a command replaces all earlier ones equal to it.";
        saveNoDups = flag false "Whether duplicates are not written to the file.";
        findNoDups = flag false "Whether a search shows a line only once.";
        ignoreSpace = flag true "Whether a command that begins with a space is not remembered.";
        expireDuplicatesFirst = flag false "Whether duplicates make room before other commands.";
        extended = flag false "Whether the time of a command is saved.";
        share = flag true "Whether running shells share their history.";
      };
    }
  );

  keyOption = sequence: direction: mkOption {
    type = types.either (types.listOf types.str) types.str;
    default = [ sequence ];
    description = "Key sequences that search ${direction}.";
  };

  searchType = types.submodule {
    options = {
      enable = lib.mkEnableOption "zsh-history-substring-search";
      searchUpKey = keyOption "^[[A" "backwards";
      searchDownKey = keyOption "^[[B" "forwards";
    };
  };

  switches = {
    APPEND_HISTORY = history.append;
    EXTENDED_HISTORY = history.extended;
    HIST_EXPIRE_DUPS_FIRST = history.expireDuplicatesFirst;
    HIST_FIND_NO_DUPS = history.findNoDups;
    HIST_IGNORE_ALL_DUPS = history.ignoreAllDups;
    HIST_IGNORE_DUPS = history.ignoreDups;
    HIST_IGNORE_SPACE = history.ignoreSpace;
    HIST_SAVE_NO_DUPS = history.saveNoDups;
    SHARE_HISTORY = history.share;
  }
  // lib.optionalAttrs (cfg.autocd != null) { inherit (cfg) autocd; };

  switched = lib.partition (name: switches.${name}) (lib.attrNames switches);

  ignorePattern = "(${lib.concatStringsSep "|" history.ignorePatterns})";

  binding = widget: key: ''bindkey "${key}" ${widget}'';
  bindings = widget: keys: lib.concatMapStringsSep "\n" (binding widget) (lib.toList keys);
in
{
  options.programs.zsh = {
    history = mkOption {
      type = historyType;
      default = { };
      description = "How commands are remembered.";
    };

    historySubstringSearch = mkOption {
      type = searchType;
      default = { };
      description = "Search for commands that contain the text typed.";
    };
  };

  config = mkIf cfg.enable {
    warnings = lib.optional (!lib.hasPrefix "/" history.path && !lib.hasInfix "$" history.path) ''
      Using relative paths in programs.zsh.history.path is deprecated and will be removed in a future release.
      Consider using absolute paths or home-manager config options instead.
      You can replace relative paths or environment variables with options like:
      - config.home.homeDirectory (user's home directory)
      - config.xdg.configHome (XDG config directory)
      - config.xdg.dataHome (XDG data directory)
      - config.xdg.cacheHome (XDG cache directory)
      Current history.path: ${history.path}
    '';

    programs.zsh.setOptions = [
      "HIST_FCNTL_LOCK"
    ]
    ++ switched.right
    ++ map (name: "NO_${name}") switched.wrong;

    programs.zsh.initContent = lib.mkMerge [
      (lib.mkOrder 910 ''
        # History options should be set in .zshrc and after oh-my-zsh sourcing.
        # See https://github.com/nix-community/home-manager/issues/177.
        HISTSIZE="${toString history.size}"
        SAVEHIST="${toString history.save}"
        ${lib.optionalString (history.ignorePatterns != [ ])
          "HISTORY_IGNORE=${lib.escapeShellArg ignorePattern}"}
        HISTFILE="${mkShellVarPathStr history.path}"
        mkdir -p "$(dirname "$HISTFILE")"
      '')

      # It has to wrap what the syntax highlighters (1200) make.
      (mkIf historySubstringSearch.enable (
        lib.mkOrder 1250 ''
          source ${
            lib.hm.options.installPrefix (pkgs.zsh-history-substring-search or null)
          }/share/zsh-history-substring-search/zsh-history-substring-search.zsh
          ${bindings "history-substring-search-up" historySubstringSearch.searchUpKey}
          ${bindings "history-substring-search-down" historySubstringSearch.searchDownKey}
        ''
      ))
    ];
  };
}
