{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  nullOr = type: option (types.nullOr type) null;
  switch = nullOr types.bool;
  withExample = example: type: description: nullOr type description // { inherit example; };
  color = example: withExample example types.str;

  # The options of each section, by the name of the setting.
  sections = {
    options = {
      allow_bold = "allowBold";
      audible_bell = "audibleBell";
      browser = "browser";
      clickable_url = "clickableUrl";
      cursor_blink = "cursorBlink";
      cursor_shape = "cursorShape";
      dynamic_title = "dynamicTitle";
      filter_unmatched_urls = "filterUnmatchedUrls";
      font = "font";
      fullscreen = "fullscreen";
      geometry = "geometry";
      icon_name = "iconName";
      modify_other_keys = "modifyOtherKeys";
      mouse_autohide = "mouseAutohide";
      scroll_on_keystroke = "scrollOnKeystroke";
      scroll_on_output = "scrollOnOutput";
      scrollback_lines = "scrollbackLines";
      scrollbar = "scrollbar";
      search_wrap = "searchWrap";
      size_hints = "sizeHints";
      urgent_on_bell = "urgentOnBell";
    };
    colors = {
      background = "backgroundColor";
      cursor = "cursorColor";
      cursor_foreground = "cursorForegroundColor";
      foreground = "foregroundColor";
      foreground_bold = "foregroundBoldColor";
      highlight = "highlightColor";
    };
    hints = {
      active_background = "hintsActiveBackgroundColor";
      active_foreground = "hintsActiveForegroundColor";
      background = "hintsBackgroundColor";
      border = "hintsBorderColor";
      border_width = "hintsBorderWidth";
      font = "hintsFont";
      foreground = "hintsForegroundColor";
      padding = "hintsPadding";
      roundness = "hintsRoundness";
    };
  };

  line =
    setting: name:
    let
      value = cfg.${name};
    in
    lib.optionalString (
      value != null
    ) "${setting} = ${if lib.isBool value then lib.boolToString value else toString value}";

  section =
    name: extra:
    "[${name}]\n${lib.concatStringsSep "\n" (lib.mapAttrsToList line sections.${name})}\n\n${extra}\n";
in
{
  title = "Termite, a terminal emulator";
  docs = "https://github.com/thestinger/termite";

  options = {
    allowBold = switch "Whether bold text is bold.";
    audibleBell = switch "Whether the bell sounds.";
    clickableUrl = switch "Whether addresses can be clicked.";
    dynamicTitle = switch "Whether programs set the title.";
    enableVteIntegration = lib.mkEnableOption "VTE's integration of shells" // {
      default = true;
    };
    fullscreen = switch "Whether a key makes the window fill the screen.";
    mouseAutohide = switch "Whether the pointer is hidden while keys are pressed.";
    scrollOnOutput = switch "Whether output scrolls to the end.";
    scrollOnKeystroke = switch "Whether a key scrolls to the end.";
    searchWrap = switch "Whether a search goes on from the other end.";
    urgentOnBell = switch "Whether the bell marks the window as urgent.";
    font = withExample "Monospace 12" types.str "The font.";
    geometry = withExample "640x480" types.str "Size of the window.";
    iconName = withExample "terminal" types.str "Icon of the window.";
    scrollbackLines = withExample 10000 types.int "Number of lines that are kept.";
    browser = withExample "\${pkgs.xdg-utils}/xdg-open" types.str "Command that opens addresses.";
    cursorBlink = withExample "system" (types.enum [
      "system"
      "on"
      "off"
    ]) "Whether the cursor blinks.";
    cursorShape = withExample "block" (types.enum [
      "block"
      "underline"
      "ibeam"
    ]) "Shape of the cursor.";
    filterUnmatchedUrls = switch "Whether hints are hidden that do not match.";
    modifyOtherKeys = switch "Whether programs see keys with all modifiers.";
    sizeHints = switch "Whether the window has whole lines and columns.";
    scrollbar = nullOr (types.enum [
      "off"
      "left"
      "right"
    ]) "Where the scroll bar is.";

    backgroundColor = color "rgba(63, 63, 63, 0.8)" "Color of the background.";
    cursorColor = color "#dcdccc" "Color of the cursor.";
    cursorForegroundColor = color "#dcdccc" "Color of text below the cursor.";
    foregroundColor = color "#dcdccc" "Color of text.";
    foregroundBoldColor = color "#ffffff" "Color of bold text.";
    highlightColor = color "#2f2f2f" "Color of the selection.";

    hintsActiveBackgroundColor = color "#3f3f3f" "Background of the active hint.";
    hintsActiveForegroundColor = color "#e68080" "Text of the active hint.";
    hintsBackgroundColor = color "#3f3f3f" "Background of hints.";
    hintsForegroundColor = color "#dcdccc" "Text of hints.";
    hintsBorderColor = color "#3f3f3f" "Border of hints.";
    hintsBorderWidth = color "0.5" "Width of the border of hints.";
    hintsFont = color "Monospace 12" "Font of hints.";
    hintsPadding = withExample 2 types.int "Padding of hints.";
    hintsRoundness = color "0.2" "Roundness of hints.";

    optionsExtra = option types.lines "" "Further lines of the section `options`." // {
      example = "fullscreen = true";
    };
    colorsExtra = option types.lines "" "Further lines of the section `colors`." // {
      example = ''
        color0 = #3f3f3f
      '';
    };
    hintsExtra = option types.lines "" "Further lines of the section `hints`." // {
      example = "border = #3f3f3f";
    };
  };

  config = {
    xdg.configFile."termite/config".text = lib.concatStringsSep "\n" [
      (section "options" cfg.optionsExtra)
      (section "colors" cfg.colorsExtra)
      (section "hints" cfg.hintsExtra)
    ];

    programs.bash.enableVteIntegration = lib.mkDefault cfg.enableVteIntegration;
    programs.zsh.enableVteIntegration = lib.mkDefault cfg.enableVteIntegration;
  };
}
