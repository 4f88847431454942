# Options of `programs.kakoune.config`. See <https://github.com/mawww/kakoune/blob/master/doc/pages/options.asciidoc>.
{
  lib,
  option,
  types,
}:

let
  flag = option types.bool;
  optional = type: option (types.nullOr type) null;
  number = optional types.ints.unsigned;
  text = optional types.str;
  required = type: example: description: lib.mkOption { inherit type example description; };

  section = options: optional (types.submodule { inherit options; });

  events = [
    "NormalIdle"
    "NormalKey"
    "InsertIdle"
    "InsertKey"
    "InsertChar"
    "InsertDelete"
    "InsertMove"
    "WinCreate"
    "WinClose"
    "WinResize"
    "WinDisplay"
    "WinSetOption"
    "BufSetOption"
    "BufNewFile"
    "BufOpenFile"
    "BufCreate"
    "BufWritePre"
    "BufWritePost"
    "BufReload"
    "BufClose"
    "BufOpenFifo"
    "BufReadFifo"
    "BufCloseFifo"
    "RuntimeError"
    "ModeChange"
    "PromptIdle"
    "GlobalSetOption"
    "KakBegin"
    "KakEnd"
    "FocusIn"
    "FocusOut"
    "RawKey"
    "InsertCompletionShow"
    "InsertCompletionHide"
    "ModuleLoaded"
    "ClientCreate"
    "ClientClose"
    "RegisterModified"
    "User"
  ];

  hook = types.submodule {
    options = {
      name = required (types.enum events) "BufWritePre" "The event.";
      once = flag false "Whether it runs only once.";
      group = text "The group of the hook.";
      option = text "What the hook is for, such as the value of an option." // {
        example = "filetype=latex";
      };
      commands = option types.lines "" "What runs." // {
        example = "set-option window indentwidth 2";
      };
    };
  };

  mapping = types.submodule {
    options = {
      mode = required types.str "user" "The mode of the key.";
      docstring = text "What the key does, for the help.";
      key = required types.str "<a-x>" "The key.";
      effect = required types.str ":wq<ret>" "The keys that it stands for.";
    };
  };
in
{
  colorScheme = text "The color scheme.";
  tabStop = number "Columns of a tab.";
  indentWidth = number "Columns of an indentation, 0 for a tab.";
  incrementalSearch = flag true "Whether a search moves while it is typed.";
  alignWithTabs = flag false "Whether {kbd}`&` aligns with tabs.";

  autoInfo = optional (types.listOf (
    types.enum [
      "command"
      "onkey"
      "normal"
    ]
  )) "When information is shown by itself." // {
    example = [ "command" ];
  };

  autoComplete = optional (types.listOf (
    types.enum [
      "insert"
      "prompt"
    ]
  )) "When completions are shown by themselves.";

  autoReload = optional (types.enum [
    "yes"
    "no"
    "ask"
  ]) "Whether buffers are read again when their file changes.";

  scrollOff = section {
    lines = option types.ints.unsigned 0 "Lines above and below the cursor.";
    columns = option types.ints.unsigned 0 "Columns beside the cursor.";
  } "How much is visible around the cursor.";

  ui = section {
    setTitle = flag false "Whether the terminal has a title.";
    statusLine = option (types.enum [
      "top"
      "bottom"
    ]) "bottom" "Where the status line is.";
    assistant = option (types.enum [
      "clippy"
      "cat"
      "dilbert"
      "none"
    ]) "clippy" "The assistant in boxes with information.";
    enableMouse = flag false "Whether the mouse works.";
    shiftFunctionKeys = number "Number of function keys whose shifted forms come after them.";
  } "Options of the terminal.";

  showMatching = flag false "Whether the matching bracket is highlighted.";

  wrapLines = section {
    enable = lib.mkEnableOption "wrapping of long lines";
    word = flag false "Whether lines wrap between words.";
    indent = flag false "Whether wrapped lines are indented.";
    maxWidth = number "Columns after which lines wrap.";
    marker = text "What is at the beginning of wrapped lines." // {
      example = "⏎";
    };
  } "Wrapping of lines.";

  numberLines = section {
    enable = lib.mkEnableOption "numbers of lines";
    relative = flag false "Whether numbers count from the cursor.";
    highlightCursor = flag false "Whether the number of the cursor's line is highlighted.";
    separator = text "What is between the numbers and the lines.";
  } "Numbers of lines.";

  showWhitespace = section {
    enable = lib.mkEnableOption "visible white space";
    lineFeed = text "Character for ends of lines.";
    space = text "Character for spaces.";
    nonBreakingSpace = text "Character for spaces that do not break.";
    tab = text "Character for tabs.";
    tabStop = text "Character for the rest of tabs.";
  } "White space that is visible.";

  keyMappings = option (types.listOf mapping) [ ] "Keys.";

  hooks = option (types.listOf hook) [ ] "Commands that run at events.";
}
