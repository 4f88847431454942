{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  inherit (lib) optionalAttrs;

  required = type: description: lib.mkOption { inherit type description; };
  nullOr = type: option (types.nullOr type) null;
  switch = option types.bool;

  erase = option (types.enum [
    "auto"
    "ascii-backspace"
    "ascii-delete"
    "delete-sequence"
    "tty"
  ]);

  pair = types.submodule {
    options = {
      foreground = required types.str "Color of text.";
      background = required types.str "Color behind it.";
    };
  };

  colors = types.submodule {
    options = {
      foregroundColor = required types.str "Color of text.";
      backgroundColor = required types.str "Color of the background.";
      boldColor = nullOr types.str "Color of bold text; that of text if null.";
      palette = required (types.listOf types.str) "The 16 colors of terminals.";
      cursor = nullOr pair "Colors of the cursor; those of the theme if null.";
      highlight = nullOr pair "Colors of the selection; those of the theme if null.";
    };
  };

  profile = types.submodule {
    options = {
      default = switch false "Whether this is the default profile.";
      visibleName = required types.str "Name of the profile.";
      colors = nullOr colors "Colors; those of the theme if null.";
      cursorBlinkMode = option (types.enum [
        "system"
        "on"
        "off"
      ]) "system" "Whether the cursor blinks.";
      cursorShape = option (types.enum [
        "block"
        "ibeam"
        "underline"
      ]) "block" "Shape of the cursor.";
      font = nullOr types.str "The font; that of the system if null.";
      allowBold = nullOr types.bool "Whether bold text is bold.";
      scrollOnOutput = switch true "Whether output scrolls to the end.";
      showScrollbar = switch true "Whether there is a scroll bar.";
      scrollbackLines = option (types.nullOr types.int) 10000 "Number of lines that are kept; all if null.";
      customCommand = nullOr types.str "Command instead of the shell.";
      loginShell = switch false "Whether the shell is one of a login.";
      backspaceBinding = erase "ascii-delete" "What Backspace sends.";
      boldIsBright = nullOr types.bool "Whether bold text has bright colors.";
      deleteBinding = erase "delete-sequence" "What Delete sends.";
      audibleBell = switch true "Whether the bell sounds.";
      transparencyPercent = nullOr (types.ints.between 0 100) "Transparency of the background.";
    };
  };

  # Colors of the cursor or the selection, and whether there are any.
  pairSettings =
    name: value:
    { "${name}-colors-set" = value != null; }
    // optionalAttrs (value != null) {
      "${name}-foreground-color" = value.foreground;
      "${name}-background-color" = value.background;
    };

  colorSettings =
    { colors, ... }@profile:
    {
      use-theme-colors = false;
      foreground-color = colors.foregroundColor;
      background-color = colors.backgroundColor;
      inherit (colors) palette;
      bold-color-same-as-fg = colors.boldColor == null;
    }
    // optionalAttrs (colors.boldColor != null) { bold-color = colors.boldColor; }
    // optionalAttrs (profile.allowBold != null) { allow-bold = profile.allowBold; }
    // optionalAttrs (profile.boldIsBright != null) { bold-is-bright = profile.boldIsBright; }
    // pairSettings "cursor" colors.cursor
    // pairSettings "highlight" colors.highlight
    // optionalAttrs (profile.transparencyPercent != null) {
      background-transparency-percent = profile.transparencyPercent;
      use-theme-transparency = false;
      use-transparent-background = true;
    };

  settings =
    profile:
    {
      audible-bell = profile.audibleBell;
      visible-name = profile.visibleName;
      scroll-on-output = profile.scrollOnOutput;
      scrollbar-policy = if profile.showScrollbar then "always" else "never";
      scrollback-lines = profile.scrollbackLines;
      cursor-shape = profile.cursorShape;
      cursor-blink-mode = profile.cursorBlinkMode;
      login-shell = profile.loginShell;
      backspace-binding = profile.backspaceBinding;
      delete-binding = profile.deleteBinding;
      use-custom-command = profile.customCommand != null;
      use-system-font = profile.font == null;
    }
    // optionalAttrs (profile.customCommand != null) { custom-command = profile.customCommand; }
    // optionalAttrs (profile.font != null) { inherit (profile) font; }
    // (if profile.colors == null then { use-theme-colors = true; } else colorSettings profile);

  path = "org/gnome/terminal/legacy";
  names = lib.attrNames cfg.profile;
  digits = count: "[[:xdigit:]]{${toString count}}";
  uuid = lib.concatMapStringsSep "-" digits [
    8
    4
    4
    4
    12
  ];
  wrong = lib.filter (name: builtins.match uuid name == null) names;
in
{
  title = "GNOME Terminal";
  docs = "https://help.gnome.org/users/gnome-terminal/stable/";

  options = {
    showMenubar = switch true "Whether the menu bar is shown.";

    themeVariant = option (types.enum [
      "default"
      "light"
      "dark"
      "system"
    ]) "default" "Variant of the theme.";

    profile = option (types.attrsOf profile) { } "Profiles by their id, a UUID. `uuidgen` makes one.";
  };

  config = {
    assertions = [
      {
        assertion = wrong == [ ];
        message = ''
          The attribute name of a Gnome Terminal profile must be a UUID.
          Incorrect profile names: ${lib.concatStringsSep ", " wrong}'';
      }
    ];

    dconf.settings = {
      ${path} = {
        default-show-menubar = cfg.showMenubar;
        theme-variant = cfg.themeVariant;
        schema-version = 3;
      };
      "${path}/profiles:" = {
        default = lib.head (
          lib.attrNames (lib.filterAttrs (_name: profile: profile.default) cfg.profile)
        );
        list = names;
      };
    }
    // lib.mapAttrs' (
      name: profile: lib.nameValuePair "${path}/profiles:/:${name}" (settings profile)
    ) cfg.profile;

    programs.bash.enableVteIntegration = true;
    programs.zsh.enableVteIntegration = true;
  };
}
