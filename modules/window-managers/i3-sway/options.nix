# Options of `config` that i3 and Sway share.
{
  # The configuration of the module, and `config` of all.
  cfg,
  config,
  lib,
  pkgs,

  # Which of the two it is: "i3" or "sway".
  name,
}:

let
  inherit (lib) literalExpression mkOption types;
  inherit (lib.hm.options) binPath option tool;
  inherit (config.home) stateVersion;

  isI3 = name == "i3";
  choose = ofI3: ofSway: if isI3 then ofI3 else ofSway;

  isNew = lib.versionAtLeast stateVersion "20.09";

  maybe =
    type: example: description:
    option (types.nullOr type) null description // { inherit example; };

  # Options of bars had values by themselves in early versions.
  formerly =
    type: default: description:
    option (types.nullOr type) (if isNew then null else default) description
    // {
      defaultText = literalExpression ''
        null for state version ≥ 20.09, as example otherwise
      '';
      example = default;
    };

  hiddenStrings =
    names:
    types.submodule {
      options = lib.genAttrs names (
        name:
        mkOption {
          type = types.str;
          visible = false;
          description = "The colour of ${name}.";
        }
      );
    };

  barColors = hiddenStrings [
    "border"
    "background"
    "text"
  ];
  windowColors = hiddenStrings [
    "border"
    "childBorder"
    "background"
    "text"
    "indicator"
  ];

  barColor = border: background: text: { inherit border background text; };
  windowColor = border: background: text: indicator: childBorder: {
    inherit
      border
      background
      text
      indicator
      childBorder
      ;
  };

  defaultBarColors = {
    background = "#000000";
    statusline = "#ffffff";
    separator = "#666666";
    focusedWorkspace = barColor "#4c7899" "#285577" "#ffffff";
    activeWorkspace = barColor "#333333" "#5f676a" "#ffffff";
    inactiveWorkspace = barColor "#333333" "#222222" "#888888";
    urgentWorkspace = barColor "#2f343a" "#900000" "#ffffff";
    bindingMode = barColor "#2f343a" "#900000" "#ffffff";
  };

  statusCommand = tool pkgs "i3status" "i3status";

  fontExample = {
    names = [
      "DejaVu Sans Mono"
      "FontAwesome5Free"
    ];
    style = "Bold Semi-Condensed";
    size = 11.0;
  };

  font = types.submodule {
    options = {
      names = option (types.listOf types.str) [ "monospace" ] "The fonts, the preferred one first." // {
        defaultText = literalExpression ''[ "monospace" ]'';
        example = [
          "FontAwesome"
          "Terminus"
        ];
      };
      style = option types.str "" "The style." // { example = "Bold Semi-Condensed"; };
      size = option (types.either types.float types.str) 8.0 "The size." // { example = 11.5; };
    };
  };

  fonts =
    option (types.either (types.listOf types.str) font) { } "The font."
    // {
      example = fontExample;
    };

  criteria = types.attrsOf (types.either types.str types.bool);

  startup = types.submodule {
    options = {
      command = mkOption {
        type = types.str;
        description = "The command.";
      };
      always = option types.bool false "Whether it runs again when the configuration is read again.";
    }
    // lib.optionalAttrs isI3 {
      notification = option types.bool true "Whether the pointer shows that something starts.";
      workspace = option (types.nullOr types.str) null "The workspace. Use {option}`xsession.windowManager.i3.config.assigns`.";
    };
  };

  bar = types.submodule {
    options = {
      inherit fonts;
      extraConfig = option types.lines "" "Lines at the end of the bar's section.";
      id = option (types.nullOr types.str) null "The name of the bar.";
      mode = formerly (types.enum [
        "dock"
        "hide"
        "invisible"
      ]) "dock" "When the bar is there.";
      hiddenState = formerly (types.enum [
        "hide"
        "show"
      ]) "hide" "What a bar that hides does by itself.";
      position = formerly (types.enum [
        "top"
        "bottom"
      ]) "bottom" "Where the bar is.";
      workspaceButtons = formerly types.bool true "Whether there are buttons of workspaces.";
      workspaceNumbers = formerly types.bool true "Whether these buttons show the numbers of workspaces.";
      command = mkOption {
        type = types.str;
        default = binPath (if cfg.package == null then pkgs.${name} or null else cfg.package) "${name}bar";
        defaultText = literalExpression "i3bar";
        example = choose "\${pkgs.i3}/bin/i3bar -t" "\${pkgs.waybar}/bin/waybar";
        description = "The program of the bar.";
      };
      statusCommand = formerly types.str statusCommand "The program that writes what the bar shows." // {
        example = literalExpression "\"\${pkgs.i3status}/bin/i3status\"";
      };
      colors = option (types.submodule {
        options = {
          background = formerly types.str defaultBarColors.background "The background.";
          statusline = formerly types.str defaultBarColors.statusline "The text.";
          separator = formerly types.str defaultBarColors.separator "The lines between parts.";
          focusedBackground = maybe types.str "#000000" "The background on the output with the focus.";
          focusedStatusline = maybe types.str "#ffffff" "The text on the output with the focus.";
          focusedSeparator = maybe types.str "#666666" "The lines on the output with the focus.";
          focusedWorkspace = formerly barColors defaultBarColors.focusedWorkspace "The workspace with the focus.";
          activeWorkspace = formerly barColors defaultBarColors.activeWorkspace "Workspaces that other outputs show.";
          inactiveWorkspace = formerly barColors defaultBarColors.inactiveWorkspace "Workspaces that no output shows.";
          urgentWorkspace = formerly barColors defaultBarColors.urgentWorkspace "Workspaces with an urgent window.";
          bindingMode = formerly barColors defaultBarColors.bindingMode "The mode.";
        };
      }) { } "The colours of the bar.";
      trayOutput = formerly types.str (choose "primary" "*") "The output with the tray.";
      trayPadding = formerly types.int null "The space around icons of the tray, in pixels.";
    };
  };

  titlebar =
    option types.bool (
      lib.versionAtLeast stateVersion "23.05" || (isI3 && cfg.config.gaps == null)
    ) "Whether windows have a title."
    // {
      defaultText = choose ''
        true for state version ≥ 23.05
        config.gaps == null for state version < 23.05
      '' ''
        true for state version ≥ 23.05
        false for state version < 23.05
      '';
    };

  border = option types.int 2 "The width of borders, in pixels.";

  edges = [
    "none"
    "vertical"
    "horizontal"
    "both"
    "smart"
  ];
  swayEdges = edges ++ [ "smart_no_gaps" ];

  gap = example: description: maybe types.int example "The gap ${description}, in pixels.";
in
{
  inherit fonts;

  window = option (types.submodule {
    options = {
      inherit border titlebar;
      hideEdgeBorders =
        option (types.enum (choose edges (swayEdges ++ map (edge: "--i3 ${edge}") swayEdges))) "none"
          "Which borders at the edges of outputs are hidden.";
      commands =
        option (types.listOf (
          types.submodule {
            options = {
              command = mkOption {
                type = types.str;
                example = "border pixel 1";
                description = "The command.";
              };
              criteria = mkOption {
                type = criteria;
                example = {
                  title = "x200: ~/work";
                  floating = true;
                };
                description = "The windows.";
              };
            };
          }
        )) [ ] "Commands for windows when they open."
        // {
          example = [
            {
              command = "border pixel 1";
              criteria.class = "XTerm";
            }
          ];
        };
    };
  }) { } "Tiled windows, and commands for all.";

  floating = option (types.submodule {
    options = {
      inherit border titlebar;
      modifier = option types.str cfg.config.modifier "The key with which the pointer moves floating windows." // {
        defaultText = "${name}.config.modifier";
        example = "Mod4";
      };
      criteria = option (types.listOf criteria) [ ] "Windows that float." // {
        example = [ { title = "Steam - Update News"; } ];
      };
    };
  }) { } "Floating windows.";

  focus = option (types.submodule {
    options = {
      newWindow =
        option (types.enum [
          "smart"
          "urgent"
          "focus"
          "none"
        ]) "smart" "What becomes of a window that asks for the focus."
        // {
          example = "none";
        };
      followMouse =
        option (choose types.bool (
          types.either (types.enum [
            "yes"
            "no"
            "always"
          ]) types.bool
        )) (choose true "yes") "Whether the window under the pointer gets the focus."
        // {
          apply = value: if !isI3 && lib.isBool value then lib.hm.booleans.yesNo value else value;
        };
      wrapping =
        option (types.enum [
          "yes"
          "no"
          "force"
          "workspace"
        ]) (
          if cfg.config.focus.forceWrapping then choose "force" "yes" else choose "yes" "no"
        ) "Whether the focus goes on at the other edge."
        // {
          defaultText = literalExpression (
            choose ''if focus.forceWrapping then "force" else "yes"'' ''if focus.forceWrapping then "yes" else "no"''
          );
        };
      forceWrapping = option types.bool false "The earlier name of `wrapping`.";
      mouseWarping =
        option
          (choose types.bool (
            types.oneOf [
              types.bool
              (types.enum [
                "container"
                "output"
              ])
            ]
          ))
          true
          "Whether the pointer goes to the output, or the container, with the focus.";
    };
  }) { } "The focus.";

  assigns = option (types.attrsOf (types.listOf criteria)) { } "By workspace, the windows that open there." // {
    example."1: web" = [ { class = "^Firefox$"; } ];
  };

  modifier =
    option (types.either (types.enum [
      "Shift"
      "Control"
      "Mod1"
      "Mod2"
      "Mod3"
      "Mod4"
      "Mod5"
    ]) types.str) "Mod1" "The key of all default bindings."
    // {
      example = "Mod4";
    };

  workspaceLayout =
    option (types.enum [
      "default"
      "stacking"
      "tabbed"
    ]) "default" "How windows of a new workspace are laid out."
    // {
      example = "tabbed";
    };

  workspaceAutoBackAndForth = option types.bool false "Whether the binding of the workspace that is shown goes back to the one before." // {
    example = true;
  };

  keycodebindings = option (types.attrsOf (types.nullOr types.str)) { } "Commands by codes of keys." // {
    example."214" = "exec /bin/script.sh";
  };

  colors = option (types.submodule {
    options = {
      background = option types.str "#ffffff" "The background of windows.";
      focused =
        option windowColors (windowColor "#4c7899" "#285577" "#ffffff" "#2e9ef4" "#285577")
          "The window with the focus.";
      focusedInactive =
        option windowColors (windowColor "#333333" "#5f676a" "#ffffff" "#484e50" "#5f676a")
          "Windows that have the focus in their container.";
      unfocused =
        option windowColors (windowColor "#333333" "#222222" "#888888" "#292d2e" "#222222")
          "Windows without the focus.";
      urgent =
        option windowColors (windowColor "#2f343a" "#900000" "#ffffff" "#900000" "#900000")
          "Urgent windows.";
      placeholder =
        option windowColors (windowColor "#000000" "#0c0c0c" "#ffffff" "#000000" "#0c0c0c")
          "Places of windows that are still to come.";
    };
  }) { } "The colours of windows.";

  bars = mkOption {
    type = types.listOf bar;
    default =
      if isNew then
        [
          {
            mode = "dock";
            hiddenState = "hide";
            position = "bottom";
            workspaceButtons = true;
            workspaceNumbers = true;
            inherit statusCommand;
            fonts = {
              names = [ "monospace" ];
              size = 8.0;
            };
            trayOutput = "primary";
            colors = defaultBarColors;
          }
        ]
      else
        [ { } ];
    defaultText = literalExpression "see code";
    description = "The bars.";
  };

  startup = option (types.listOf startup) [ ] "Commands at the start." // {
    example = [
      { command = "firefox"; }
      {
        command = "systemctl --user restart waybar";
        always = true;
      }
    ];
  };

  gaps = option (types.nullOr (
    types.submodule {
      options = {
        inner = gap 12 "between windows";
        outer = gap 5 "around all windows";
        horizontal = gap 5 "at the left and the right";
        vertical = gap 5 "at the top and the bottom";
        top = gap 5 "at the top";
        left = gap 5 "at the left";
        bottom = gap 5 "at the bottom";
        right = gap 5 "at the right";
        smartGaps =
          option (types.either types.bool (
            types.enum [
              "on"
              "off"
              "inverse_outer"
            ]
          )) "off" "Whether there are gaps only with more than one window."
          // {
            apply = value: if lib.isBool value then (if value then "on" else "off") else value;
            example = "on";
          };
        smartBorders = option (types.enum [
          "on"
          "off"
          "no_gaps"
        ]) "off" "Whether there are borders only with more than one window.";
      };
    }
  )) null "Gaps.";

  terminal = option types.str (choose "i3-sensible-terminal" (tool pkgs "foot" "foot")) "The command of a terminal." // {
    defaultText = literalExpression (choose ''"i3-sensible-terminal"'' "\${pkgs.foot}/bin/foot");
    example = "alacritty";
  };

  menu =
    let
      dmenu = tool pkgs "dmenu";
    in
    option types.str (choose (dmenu "dmenu_run")
      "${dmenu "dmenu_path"} | ${dmenu "dmenu"} | ${tool pkgs "findutils" "xargs"} swaymsg exec --"
    ) "The command of a menu of programs."
    // {
      defaultText = literalExpression (
        choose "\${pkgs.dmenu}/bin/dmenu_run" "\${pkgs.dmenu}/bin/dmenu_path | \${pkgs.dmenu}/bin/dmenu | \${pkgs.findutils}/bin/xargs swaymsg exec --"
      );
      example = "bemenu-run";
    };

  defaultWorkspace = maybe types.str "workspace number 9" "The command of the workspace at the start, which has to be bound to a key.";

  workspaceOutputAssign = option (types.listOf (
    types.submodule {
      options = {
        workspace = option types.str "" "The workspace." // { example = "Web"; };
        output = option (types.either types.str (types.listOf types.str)) "" "The outputs, the preferred one first." // {
          apply = lib.toList;
          example = "eDP";
        };
      };
    }
  )) [ ] "Workspaces that belong to outputs.";
}
