{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  share = "${lib.hm.options.installPrefix cfg.package}/share/skim";
  command = description: option (types.nullOr types.str) null description // { example = "fd --type f"; };
  arguments = description: option (types.listOf types.str) [ ] description // { example = [ "--height 40%" ]; };
in
{
  title = "skim, which finds by parts of names";
  docs = "https://github.com/skim-rs/skim";

  shells = {
    bash = ''
      if [[ :$SHELLOPTS: =~ :(vi|emacs): ]]; then
        . ${share}/completion.bash
        . ${share}/key-bindings.bash
      fi
    '';
    zsh = ''
      if [[ $options[zle] = on ]]; then
        . ${share}/completion.zsh
        . ${share}/key-bindings.zsh
      fi
    '';
  };
  shellOptions.fish.shellInit = ''
    source ${share}/key-bindings.fish && skim_key_bindings
  '';

  options = {
    defaultCommand = command "Command that lists what is searched.";
    defaultOptions = arguments "Arguments of each call.";
    fileWidgetCommand = command "Command that lists the files for Ctrl-T.";
    fileWidgetOptions = arguments "Arguments for Ctrl-T.";
    changeDirWidgetCommand = command "Command that lists the directories for Alt-C.";
    changeDirWidgetOptions = arguments "Arguments for Alt-C.";
    historyWidgetOptions = arguments "Arguments for Ctrl-R.";
  };

  config.home.sessionVariables = lib.mapAttrs (_name: toString) (
    lib.filterAttrs (_name: value: value != [ ] && value != null) {
      SKIM_ALT_C_COMMAND = cfg.changeDirWidgetCommand;
      SKIM_ALT_C_OPTS = cfg.changeDirWidgetOptions;
      SKIM_CTRL_R_OPTS = cfg.historyWidgetOptions;
      SKIM_CTRL_T_COMMAND = cfg.fileWidgetCommand;
      SKIM_CTRL_T_OPTS = cfg.fileWidgetOptions;
      SKIM_DEFAULT_COMMAND = cfg.defaultCommand;
      SKIM_DEFAULT_OPTIONS = cfg.defaultOptions;
    }
  );
}
