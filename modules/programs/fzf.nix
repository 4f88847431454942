{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) packageOption programPath;

  cfg = config.programs.fzf;
  fzf = programPath cfg.package "fzf";

  shells = {
    bash = "enableBashIntegration";
    fish = "enableFishIntegration";
    nushell = "enableNushellIntegration";
    zsh = "enableZshIntegration";
  };
  shellNames = lib.attrNames shells;

  # The widgets, with the key they are on and the part of their variables' names.
  widgets = {
    fileWidget = {
      key = "CTRL-T";
      variable = "CTRL_T";
      command = "fd --type f";
      options = [ "--preview 'head {}'" ];
    };
    changeDirWidget = {
      key = "ALT-C";
      variable = "ALT_C";
      command = "fd --type d";
      options = [ "--preview 'tree -C {} | head -200'" ];
    };
    historyWidget = {
      key = "CTRL-R";
      variable = "CTRL_R";
      command = "";
      options = [ "--sort" ];
    };
  };

  commandOption = example: description: mkOption {
    type = types.nullOr types.str;
    default = null;
    inherit example description;
  };

  strings = types.listOf types.str;

  widgetOptions =
    _name: widget:
    {
      command = commandOption widget.command (
        "Command whose output ${widget.key} offers."
        + lib.optionalString (widget.key == "CTRL-R") " An empty string leaves the key to other programs."
      );

      options = mkOption {
        type = strings;
        default = [ ];
        example = widget.options;
        description = "Command line options for ${widget.key}.";
      };
    }
    // lib.genAttrs shellNames (shell: {
      command = commandOption widget.command "The command in ${shell} alone.";

      options = mkOption {
        type = types.nullOr strings;
        default = null;
        example = widget.options;
        description = "The command line options in ${shell} alone.";
      };
    });

  widgetVariables =
    values:
    lib.concatMapAttrs (name: widget: {
      "FZF_${widget.variable}_COMMAND" = (values cfg.${name}).command;
      "FZF_${widget.variable}_OPTS" = (values cfg.${name}).options;
    }) widgets;

  isSet = _name: value: value != null && value != [ ];

  colors = "--color ${
    lib.concatStringsSep "," (lib.mapAttrsToList (name: value: "${name}:${value}") cfg.colors)
  }";

  variables = lib.mapAttrs (_name: toString) (
    lib.filterAttrs isSet (
      widgetVariables (widget: widget)
      // {
        FZF_DEFAULT_COMMAND = cfg.defaultCommand;
        FZF_DEFAULT_OPTS = cfg.defaultOptions ++ lib.optional (cfg.colors != { }) colors;
        FZF_TMUX = if cfg.tmux.enableShellIntegration then "1" else null;
        FZF_TMUX_OPTS = cfg.tmux.shellIntegrationOptions;
      }
    )
  );

  # An empty list of options is a value here: it overrides that for all shells.
  shellVariables =
    shell:
    lib.filterAttrs (_name: value: value != null) (widgetVariables (widget: widget.${shell}));

  # One line for each, and its end.
  assignments =
    shell: assignment:
    lib.concatStrings (
      lib.mapAttrsToList (name: value: assignment name (toString value) + "\n") (shellVariables shell)
    );

  exports = shell: assignments shell lib.hm.shell.export;

  nushellScript = lib.hm.nushell.loadOutput {
    inherit pkgs;
    inherit (cfg) package;
    inherit (config.xdg) cacheHome;
    program = "fzf";
    arguments = "--nushell";
    name = "nushell-fzf-integration.nu";
  };

  # Which program has Ctrl-R.

  integrates =
    shell: program:
    (config.programs.${shell}.enable or false)
    && (program.enable or false)
    && (program.${shells.${shell}} or false);

  atuin = config.programs.atuin or { };
  mcfly = config.programs.mcfly or { };

  historyCommand =
    shell:
    let
      own = cfg.historyWidget.${shell}.command;
    in
    if own != null then own else cfg.historyWidget.command;

  takesCtrlR = {
    fzf = shell: integrates shell cfg && historyCommand shell != "";
    atuin = shell: integrates shell atuin && !lib.elem "--disable-ctrl-r" atuin.flags;
    mcfly = shell: shell != "nushell" && integrates shell mcfly;
  };

  contested = lib.filter (
    shell: takesCtrlR.fzf shell && (takesCtrlR.atuin shell || takesCtrlR.mcfly shell)
  ) shellNames;

  # Where the option at this path below `programs` is defined.
  definition =
    path:
    let
      option = lib.getAttrFromPath path options.programs;
    in
    "`programs.${lib.concatStringsSep "." path}` defined in ${lib.showFiles option.files}";

  fzfDefinition =
    shell:
    if cfg.historyWidget.${shell}.command != null then
      definition [
        "fzf"
        "historyWidget"
        shell
        "command"
      ]
    else if cfg.historyWidget.command != null then
      definition [
        "fzf"
        "historyWidget"
        "command"
      ]
    else
      definition [
        "fzf"
        "enable"
      ];

  contestants =
    shell:
    [ (fzfDefinition shell) ]
    ++ lib.optional (takesCtrlR.atuin shell) (definition [
      "atuin"
      (if atuin.flags == [ ] then "enable" else "flags")
    ])
    ++ lib.optional (takesCtrlR.mcfly shell) (definition [
      "mcfly"
      "enable"
    ]);

  contestedLines = lib.concatMap (
    shell: [ "  ${shell}:" ] ++ map (line: "    ${line}") (contestants shell)
  ) contested;

  ctrlRWarning = ''
    programs.fzf and a history manager both configure Ctrl-R for ${lib.concatStringsSep ", " contested}.

    Definitions:
    ${lib.concatStringsSep "\n" contestedLines}

    The history manager integration is sourced after fzf and owns Ctrl-R.
    Choose which integration should own Ctrl-R.
    To keep the history manager on Ctrl-R, disable fzf's binding:
      programs.fzf.historyWidget.command = "";
    or disable it for one shell:
      programs.fzf.historyWidget.${lib.head contested}.command = "";
    To keep fzf on Ctrl-R with Atuin, disable Atuin's Ctrl-R binding:
      programs.atuin.flags = [ "--disable-ctrl-r" ];
    McFly has no Ctrl-R-only option in Home Manager. Disable McFly's
    shell integration for that shell if fzf should own Ctrl-R.
    To use another key, disable one default Ctrl-R binding and add a
    shell-specific key binding in your shell configuration.
  '';

  # The version of a distribution's fzf is not known here.
  olderThan = version: cfg.package != null && lib.versionOlder cfg.package.version version;

  renamed =
    widget: attribute:
    let
      capitalized = lib.toUpper (lib.substring 0 1 attribute) + lib.substring 1 (-1) attribute;
    in
    lib.mkRenamedOptionModule
      [ "programs" "fzf" "${widget}${capitalized}" ]
      [ "programs" "fzf" widget attribute ];
in
{
  imports = [
    (renamed "fileWidget" "command")
    (renamed "fileWidget" "options")
    (renamed "changeDirWidget" "command")
    (renamed "changeDirWidget" "options")
    (renamed "historyWidget" "options")
    (renamed "historyWidget" "command")
  ];

  options.programs.fzf = {
    enable = lib.mkEnableOption "the fuzzy finder fzf";

    package = packageOption pkgs "fzf" { nullable = true; };

    defaultCommand = commandOption "fd --type f" "Command whose output fzf offers if it has no input.";

    defaultOptions = mkOption {
      type = strings;
      default = [ ];
      example = [ "--border" ];
      description = "Command line options that fzf always has.";
    };

    colors = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example.bg = "#1e1e1e";
      description = "Colours by the name of what is coloured.";
    };

    tmux = {
      enableShellIntegration = lib.mkEnableOption "use of fzf-tmux by the key bindings";

      shellIntegrationOptions = mkOption {
        type = strings;
        default = [ ];
        example = [ "-d 40%" ];
        description = "Command line options of fzf-tmux.";
      };
    };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };
  }
  // lib.mapAttrs widgetOptions widgets;

  config = mkIf cfg.enable {
    warnings =
      lib.optional (cfg.historyWidget.command != null && olderThan "0.66.0") ''
        ${
          definition [
            "fzf"
            "historyWidget"
            "command"
          ]
        } requires fzf 0.66.0 or greater.

        The configured FZF_CTRL_R_COMMAND value will be ignored by older fzf
        versions.
      ''
      ++ lib.optional (contested != [ ]) ctrlRWarning;

    assertions = [
      {
        assertion =
          !(
            olderThan "0.48.0"
            && (cfg.enableBashIntegration || cfg.enableFishIntegration || cfg.enableZshIntegration)
          );
        message = "fzf package version must be 0.48.0 or greater for bash, fish, or zsh integration";
      }
      {
        assertion = !(olderThan "0.73.0" && cfg.enableNushellIntegration);
        message = "fzf package version must be 0.73.0 or greater for nushell integration";
      }
    ];

    home.packages = lib.optional (cfg.package != null) cfg.package;
    home.sessionVariables = variables;

    programs = {
      # Early, so that a history manager can take Ctrl-R back.
      bash.initExtra = mkIf cfg.enableBashIntegration (
        lib.mkOrder 200 ''
          if [[ :$SHELLOPTS: =~ :(vi|emacs): ]]; then
          ${exports "bash"}  eval "$(${fzf} --bash)"
          fi
        ''
      );

      # After Oh My Zsh (800), which would bind the keys again.
      zsh.initContent = mkIf cfg.enableZshIntegration (
        lib.mkOrder 910 ''
          if [[ $options[zle] = on ]]; then
          ${exports "zsh"}  source <(${fzf} --zsh)
          fi
        ''
      );

      fish.interactiveShellInit = mkIf cfg.enableFishIntegration (
        lib.mkOrder 200 ''
          ${assignments "fish" (name: value: "set -gx ${name} ${lib.escapeShellArg value}")}${fzf} --fish | source
        ''
      );

      nushell = mkIf cfg.enableNushellIntegration {
        environmentVariables = variables;
        inherit (nushellScript) extraEnv;

        # After other completers, which it falls back to.
        extraConfig = lib.mkAfter (
          assignments "nushell" (name: value: "$env.${name} = ${lib.hm.nushell.toNushell { } value}")
          + nushellScript.extraConfig
        );
      };
    };
  };
}
