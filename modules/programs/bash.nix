{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.bash;

  scriptOption = description: mkOption {
    type = types.lines;
    default = "";
    inherit description;
  };

  nullableOption = type: default: description: mkOption {
    type = types.nullOr type;
    inherit default description;
  };

  completionScript =
    if pkgs ? bash-completion then
      ''. "${pkgs.bash-completion}/etc/profile.d/bash_completion.sh"''
    else
      "[[ ! -r /usr/share/bash-completion/bash_completion ]] || . /usr/share/bash-completion/bash_completion";

  joinLines = lib.concatStringsSep "\n";

  # Plain assignments, sorted by name: the shell itself needs them, not its children.
  historySettings = lib.filterAttrs (_name: value: value != null) {
    HISTSIZE = if cfg.historySize == null then null else toString cfg.historySize;
    HISTFILESIZE = if cfg.historyFileSize == null then null else toString cfg.historyFileSize;
    HISTFILE = if cfg.historyFile == null then null else ''"${cfg.historyFile}"'';
    HISTCONTROL =
      if cfg.historyControl == [ ] then null else lib.concatStringsSep ":" cfg.historyControl;
    HISTIGNORE =
      if cfg.historyIgnore == [ ] then
        null
      else
        lib.escapeShellArg (lib.concatStringsSep ":" cfg.historyIgnore);
  };

  history = joinLines (
    lib.mapAttrsToList (name: value: "${name}=${value}") historySettings
    ++ lib.optional (cfg.historyFile != null) ''mkdir -p "$(dirname "$HISTFILE")"''
  );

  shellOptions = lib.concatMapStringsSep "\n" (
    name: if lib.hasPrefix "-" name then "shopt -u ${lib.removePrefix "-" name}" else "shopt -s ${name}"
  ) cfg.shellOptions;

  aliases = joinLines (
    lib.mapAttrsToList (name: value: "alias -- ${name}=${lib.escapeShellArg value}") cfg.shellAliases
  );
in
{
  options.programs.bash = {
    enable = lib.mkEnableOption "management of the GNU Bourne-Again Shell";

    package = lib.hm.options.packageOption pkgs "bash" {
      nullable = true;
      default = "bashInteractive";
    };

    enableCompletion = mkOption {
      type = types.bool;
      default = true;
      description = "Whether interactive shells complete the arguments of known commands.";
    };

    historySize = nullableOption types.int 10000 "Number of commands remembered by a shell.";

    historyFileSize = nullableOption types.int 100000 "Number of lines kept in the history file.";

    historyFile = nullableOption types.str null "Where the history is saved.";

    historyControl = mkOption {
      type = types.listOf (
        types.enum [
          "erasedups"
          "ignoredups"
          "ignorespace"
          "ignoreboth"
        ]
      );
      default = [ ];
      description = "Which commands are kept out of the history, see `HISTCONTROL` in {manpage}`bash(1)`.";
    };

    historyIgnore = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "ls" ];
      description = "Patterns of commands that are not remembered.";
    };

    shellOptions = mkOption {
      type = types.listOf types.str;
      default = [
        "histappend"
        "extglob"
        "globstar"
        "checkjobs"
      ];
      example = [ "-cdspell" ];
      description = "Arguments of {command}`shopt`; a leading `-` turns the option off.";
    };

    sessionVariables = mkOption {
      type =
        with types;
        lazyAttrsOf (
          nullOr (oneOf [
            str
            path
            int
            float
            bool
          ])
        );
      default = { };
      example.MAILCHECK = 30;
      description = "Variables exported by login shells; `null` leaves a variable out.";
    };

    shellAliases = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example.ll = "ls -l";
      description = "Commands by the name of their alias.";
    };

    profileExtra = scriptOption "Lines for the end of {file}`~/.profile`.";

    bashrcExtra = scriptOption "Lines for the start of {file}`~/.bashrc`, run by every shell.";

    initExtra = scriptOption "Lines for the end of {file}`~/.bashrc`, run by interactive shells.";

    logoutExtra = scriptOption "Lines for {file}`~/.bash_logout`.";
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    # Ahead of everything else that might define completions.
    programs.bash.initExtra = lib.mkIf cfg.enableCompletion (
      lib.mkOrder 100 ''
        if [[ ! -v BASH_COMPLETION_VERSINFO ]]; then
          ${completionScript}
        fi
      ''
    );

    home.file = {
      ".bash_profile".text = ''
        # include .profile if it exists
        [[ -f ~/.profile ]] && . ~/.profile

        # include .bashrc if it exists
        [[ -f ~/.bashrc ]] && . ~/.bashrc
      '';

      ".profile".text = ''
        . "${config.home.sessionVariablesPackage}/etc/profile.d/hm-session-vars.sh"

        ${config.lib.shell.exportAll cfg.sessionVariables}

        ${cfg.profileExtra}
      '';

      ".bashrc".text = ''
        ${cfg.bashrcExtra}

        # Commands that should be applied only for interactive shells.
        [[ $- == *i* ]] || return

        ${history}

        ${shellOptions}

        ${aliases}

        ${cfg.initExtra}
      '';

      ".bash_logout" = lib.mkIf (cfg.logoutExtra != "") { text = cfg.logoutExtra; };
    };
  };
}
