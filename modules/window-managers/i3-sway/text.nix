# The language of i3 and Sway.
{
  cfg,
  lib,
  name,
}:

let
  inherit (lib) concatStringsSep mapAttrsToList optional;
  inherit (lib.hm.booleans) yesNo;

  lines = concatStringsSep "\n";

  # A line of a keyword, for a value that is there.
  field = keyword: value: optional (value != null) "${keyword} ${toString value}";

  criteriaText =
    criteria:
    "[${
      concatStringsSep " " (
        mapAttrsToList (
          key: value:
          if lib.isBool value then lib.optionalString value key else ''${key}="${value}"''
        ) criteria
      )
    }]";

  fontText =
    given:
    let
      font =
        if lib.isList given then
          {
            names = given;
            style = "";
            size = "";
          }
        else
          given;
    in
    lib.optionalString (font.names != [ ]) (
      concatStringsSep " " (
        lib.remove "" [
          "font"
          "pango:${concatStringsSep ", " font.names}"
          font.style
          (toString font.size)
        ]
      )
    );

  bindings =
    {
      keys,
      arguments ? "",
      indent ? "",
    }:
    lines (
      mapAttrsToList (
        key: action:
        lib.optionalString (
          action != null
        ) "${indent}bindsym ${lib.optionalString (arguments != "") "${arguments} "}${key} ${action}"
      ) keys
    );

  modeText = arguments: mode: keys: ''
    mode "${mode}" {
    ${bindings {
      inherit keys arguments;
      indent = "  ";
    }}
    }
  '';

  indent = map (line: "  ${line}");

  section = keyword: fields: [ "${keyword} {" ] ++ indent fields ++ [ "}" ];

  barColor = color: "${color.border} ${color.background} ${color.text}";

  barColors =
    colors:
    let
      workspace = keyword: color: field keyword (lib.mapNullable barColor color);
    in
    field "background" colors.background
    ++ field "statusline" colors.statusline
    ++ field "separator" colors.separator
    ++ field "focused_background" colors.focusedBackground
    ++ field "focused_statusline" colors.focusedStatusline
    ++ field "focused_separator" colors.focusedSeparator
    ++ workspace "focused_workspace" colors.focusedWorkspace
    ++ workspace "active_workspace" colors.activeWorkspace
    ++ workspace "inactive_workspace" colors.inactiveWorkspace
    ++ workspace "urgent_workspace" colors.urgentWorkspace
    ++ workspace "binding_mode" colors.bindingMode;

  barText =
    bar:
    lib.concatMapStrings (line: "${line}\n") (
      section "bar" (
        field "id" bar.id
        ++ lib.remove "" [ (fontText bar.fonts) ]
        ++ field "mode" bar.mode
        ++ field "hidden_state" bar.hiddenState
        ++ field "position" bar.position
        ++ field "status_command" bar.statusCommand
        ++ [ "${name}bar_command ${bar.command}" ]
        ++ field "workspace_buttons" (lib.mapNullable yesNo bar.workspaceButtons)
        ++ field "strip_workspace_numbers" (
          lib.mapNullable (shown: yesNo (!shown)) bar.workspaceNumbers
        )
        ++ field "tray_output" bar.trayOutput
        ++ field "tray_padding" bar.trayPadding
        ++ lib.optionals (lib.any (color: color != null) (lib.attrValues bar.colors)) (
          section "colors" (barColors bar.colors)
        )
        ++ lib.remove "" [ bar.extraConfig ]
      )
    );

  windowColor =
    color:
    concatStringsSep " " [
      color.border
      color.background
      color.text
      color.indicator
      color.childBorder
    ];

  borderText = keyword: window: "${keyword} ${if window.titlebar then "normal" else "pixel"} ${toString window.border}";

  gapsText =
    gaps:
    lines (
      lib.concatMap (side: field "gaps ${side}" gaps.${side}) [
        "inner"
        "outer"
        "horizontal"
        "vertical"
        "top"
        "bottom"
        "left"
        "right"
      ]
      ++ optional (gaps.smartGaps != "off") "smart_gaps ${gaps.smartGaps}"
      ++ optional (gaps.smartBorders != "off") "smart_borders ${gaps.smartBorders}"
    );

  isDefault = _key: action: cfg.config.defaultWorkspace != null && action == cfg.config.defaultWorkspace;
in
{
  inherit lines modeText;

  # What comes before the bindings.
  windows =
    {
      followMouse,
      mouseWarping,
    }:
    let
      inherit (cfg.config) colors focus window;
    in
    [
      (fontText cfg.config.fonts)
      "floating_modifier ${cfg.config.floating.modifier}"
      (lines [
        (borderText "default_border" window)
        (borderText "default_floating_border" cfg.config.floating)
      ])
      "hide_edge_borders ${window.hideEdgeBorders}"
      "focus_wrapping ${focus.wrapping}"
      "focus_follows_mouse ${followMouse}"
      "focus_on_window_activation ${focus.newWindow}"
      "mouse_warping ${mouseWarping}"
      "workspace_layout ${cfg.config.workspaceLayout}"
      "workspace_auto_back_and_forth ${yesNo cfg.config.workspaceAutoBackAndForth}"
      "client.focused ${windowColor colors.focused}"
      "client.focused_inactive ${windowColor colors.focusedInactive}"
      "client.unfocused ${windowColor colors.unfocused}"
      "client.urgent ${windowColor colors.urgent}"
      "client.placeholder ${windowColor colors.placeholder}"
      "client.background ${colors.background}"
    ];

  # Bindings. That of the default workspace is the first, for the first workspace with one is shown.
  keys = arguments: [
    (bindings {
      keys = lib.filterAttrs isDefault cfg.config.keybindings;
      inherit arguments;
    })
    (bindings {
      keys = lib.filterAttrs (key: action: !isDefault key action) cfg.config.keybindings;
      inherit arguments;
    })
    (lines (
      mapAttrsToList (
        key: action: lib.optionalString (action != null) "bindcode ${key} ${action}"
      ) cfg.config.keycodebindings
    ))
  ];

  # What comes after the modes, with the function that makes the line of a command at the start.
  rest =
    startupText:
    mapAttrsToList (
      workspace: windows: lines (map (window: "assign ${criteriaText window} ${workspace}") windows)
    ) cfg.config.assigns
    ++ map barText cfg.config.bars
    ++ optional (cfg.config.gaps != null) (gapsText cfg.config.gaps)
    ++ map (window: "for_window ${criteriaText window} floating enable") cfg.config.floating.criteria
    ++ map (given: "for_window ${criteriaText given.criteria} ${given.command}") cfg.config.window.commands
    ++ map startupText cfg.config.startup
    ++ map (
      given: ''workspace "${given.workspace}" output ${lib.concatMapStringsSep " " lib.strings.escapeNixString given.output}''
    ) cfg.config.workspaceOutputAssign;

  # Warnings of fonts as lists, an earlier form.
  fontWarnings =
    optional (lib.isList cfg.config.fonts) "Specifying ${name}.config.fonts as a list is deprecated. Use the attrset version instead."
    ++ lib.concatMap (
      bar:
      optional (lib.isList bar.fonts) "Specifying ${name}.config.bars[].fonts as a list is deprecated. Use the attrset version instead."
    ) cfg.config.bars;

  # Bindings of workspaces 1 to 10, the last with the key 0.
  workspaceKeys =
    modifier:
    lib.listToAttrs (
      lib.concatMap (
        number:
        let
          key = toString (lib.mod number 10);
        in
        [
          (lib.nameValuePair "${modifier}+${key}" "workspace number ${toString number}")
          (lib.nameValuePair "${modifier}+Shift+${key}" "move container to workspace number ${toString number}")
        ]
      ) (lib.range 1 10)
    );
}
