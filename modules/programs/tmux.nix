{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption optional types;
  inherit (lib.hm.options) packageOption;

  cfg = config.programs.tmux;

  defaultPrefix = "C-b";

  flag = description: mkOption {
    type = types.bool;
    default = false;
    inherit description;
  };

  number = type: default: description: mkOption {
    inherit type default description;
  };

  pluginType = types.submodule {
    options = {
      plugin = packageOption (pkgs.tmuxPlugins or { }) "plugin" {
        default = null;
        nullable = false;
        pkgsText = "pkgs.tmuxPlugins";
        example = [ "sensible" ];
      };

      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Lines to read before the plugin is loaded.";
      };
    };
  };

  # Both forms of a plugin, a package alone and a set with settings, as the latter.
  plugins = map (
    plugin:
    if types.package.check plugin then
      {
        inherit plugin;
        extraConfig = "";
      }
    else
      plugin
  ) cfg.plugins;

  misnamed = lib.filter (name: !lib.hasPrefix "tmuxplugin" name) (
    map (entry: entry.plugin.pname) plugins
  );

  prefix = if cfg.prefix == null then "C-${cfg.shortcut}" else cfg.prefix;

  onOff = value: if value then "on" else "off";

  # A part of the file: its lines, and an empty one to end it; nothing but that if it does
  # not apply.
  part = condition: lines: lib.concatStringsSep "\n" (lib.optionals condition lines ++ [ "" ]);

  directions = [
    {
      key = "h";
      flag = "L";
      where = "to the left of";
      name = "left";
    }
    {
      key = "j";
      flag = "D";
      where = "below";
      name = "down";
    }
    {
      key = "k";
      flag = "U";
      where = "above";
      name = "up";
    }
    {
      key = "l";
      flag = "R";
      where = "to the right of";
      name = "right";
    }
  ];

  amount = toString cfg.resizeAmount;

  selectPane =
    { key, flag, where, ... }:
    ''bind -N "Select pane ${where} the active pane" ${key} select-pane -${flag}'';

  resizePane =
    { key, flag, name, ... }:
    [
      ''bind -r -N "Resize the pane ${name} by ${amount}" \''
      "  ${lib.toUpper key} resize-pane -${flag} ${amount}"
    ];

  rule = "# ============================================= #";

  mainConfig = lib.concatMapStrings (text: text + "\n") [
    (part cfg.sensibleOnTop [
      rule
      "# Start with defaults from the Sensible plugin  #"
      "# --------------------------------------------- #"
      "run-shell ${(lib.hm.options.neededPackage pkgs "tmuxPlugins.sensible").rtp}"
      rule
    ])
    ''set  -g default-terminal "${cfg.terminal}"''
    "set  -g base-index      ${toString cfg.baseIndex}"
    "setw -g pane-base-index ${toString cfg.baseIndex}"
    (part (cfg.shell != null) [
      "# We need to set default-shell before calling new-session"
      ''set  -g default-shell "${toString cfg.shell}"''
    ])
    (lib.optionalString cfg.newSession (
      lib.concatStringsSep "\n" [
        ''# Use -A to make new-session idempotent: attach if session "0" exists,''
        "# otherwise create it. This prevents duplicate sessions when multiple"
        "# configs (e.g., system and user) both enable newSession."
        "new-session -A -s 0"
      ]
    ))
    ""
    (part cfg.reverseSplit [
      ''bind -N "Split the pane into two, left and right" v split-window -h''
      ''bind -N "Split the pane into two, top and bottom" s split-window -v''
    ])
    ""
    "set -g status-keys ${cfg.keyMode}"
    "set -g mode-keys   ${cfg.keyMode}"
    ""
    (part (cfg.keyMode == "vi" && cfg.customPaneNavigationAndResize) (
      map selectPane directions ++ [ "" ] ++ lib.concatMap resizePane directions
    ))
    ""
    (part (prefix != defaultPrefix) [
      "# rebind main key: ${prefix}"
      "unbind ${defaultPrefix}"
      "set -g prefix ${prefix}"
      ''bind -N "Send the prefix key through to the application" \''
      "  ${prefix} send-prefix"
    ])
    ""
    (part cfg.disableConfirmationPrompt [
      ''bind-key -N "Kill the current window" & kill-window''
      ''bind-key -N "Kill the current pane" x kill-pane''
    ])
    ""
    "set  -g mouse             ${onOff cfg.mouse}"
    "set  -g focus-events      ${onOff cfg.focusEvents}"
    "setw -g aggressive-resize ${onOff cfg.aggressiveResize}"
    "setw -g clock-mode-style  ${if cfg.clock24 then "24" else "12"}"
    "set  -s escape-time       ${toString cfg.escapeTime}"
    "set  -g history-limit     ${toString cfg.historyLimit}"
  ];

  pluginText =
    { plugin, extraConfig, ... }:
    ''
      # ${plugin.pname}
      # ---------------------
      ${extraConfig}
      run-shell ${plugin.rtp}
    '';

  pluginConfig = ''
    ${rule}
    # Load plugins with Home Manager                #
    # --------------------------------------------- #

    ${lib.concatMapStringsSep "\n\n" pluginText plugins}
    ${rule}
  '';
in
{
  options.programs.tmux = {
    enable = lib.mkEnableOption "management of tmux";

    package = packageOption pkgs "tmux" { nullable = true; };

    aggressiveResize = flag "Whether a window is as large as the smallest session that shows it.";

    baseIndex = number types.ints.unsigned 0 "Number of the first window and pane.";

    clock24 = flag "Whether the clock shows 24 hours.";

    customPaneNavigationAndResize = flag "Whether h, j, k and l select panes, and their capitals resize them, in vi mode.";

    disableConfirmationPrompt = flag "Whether windows and panes are killed without asking.";

    escapeTime = number types.ints.unsigned 10 "Milliseconds to wait for what follows an escape.";

    focusEvents = flag "Whether programs are told when their pane gets the focus.";

    historyLimit = number types.ints.positive 2000 "Number of lines kept of each window.";

    keyMode = mkOption {
      type = types.enum [
        "emacs"
        "vi"
      ];
      default = "emacs";
      example = "vi";
      description = "Style of the key bindings.";
    };

    mouse = lib.mkEnableOption "use of the mouse";

    newSession = flag "Whether attaching makes a session if there is none.";

    prefix = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "C-a";
      description = "The prefix key, in place of that of `shortcut`.";
    };

    shortcut = mkOption {
      type = types.str;
      default = "b";
      example = "a";
      description = "Key that is the prefix key together with control.";
    };

    resizeAmount = number types.ints.positive 5 "Lines or columns of one resize.";

    reverseSplit = flag "Whether v and s split a pane.";

    secureSocket = mkOption {
      type = types.bool;
      default = pkgs.stdenv.hostPlatform.isLinux;
      defaultText = lib.literalExpression "pkgs.stdenv.hostPlatform.isLinux";
      description = "Whether the socket is in {file}`/run`, where it ends with the user's last session.";
    };

    sensibleOnTop = flag "Whether the plugin sensible comes before everything else.";

    shell = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = lib.literalExpression ''"''${pkgs.zsh}/bin/zsh"'';
      description = "Shell that panes start.";
    };

    terminal = mkOption {
      type = types.str;
      default = "screen";
      example = "tmux-256color";
      description = "Value of `TERM` in panes.";
    };

    tmuxp.enable = lib.mkEnableOption "the session manager tmuxp";

    plugins = mkOption {
      type = types.listOf (types.either types.package pluginType);
      default = [ ];
      example = lib.literalExpression "[ pkgs.tmuxPlugins.cpu ]";
      description = "Plugins to load at the end.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines for the end of {file}`tmux.conf`.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = misnamed == [ ];
        message =
          ''Invalid tmux plugin (not prefixed with "tmuxplugins"): '' + lib.concatStringsSep ", " misnamed;
      }
    ];

    home.packages =
      optional (cfg.package != null) cfg.package ++ optional (cfg.tmuxp.enable && pkgs ? tmuxp) pkgs.tmuxp;

    home.sessionVariables = lib.mkIf cfg.secureSocket {
      TMUX_TMPDIR = ''''${XDG_RUNTIME_DIR:-"/run/user/$(id -u)"}'';
    };

    xdg.configFile."tmux/tmux.conf".text = lib.mkMerge [
      (lib.mkBefore mainConfig)
      (lib.mkIf (plugins != [ ]) pluginConfig)
      (lib.mkAfter cfg.extraConfig)
    ];
  };
}
