# bspwm, a tiling window manager for X, whose configuration is a script of commands.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib)
    concatStringsSep
    escapeShellArg
    escapeShellArgs
    mapAttrsToList
    mkOption
    types
    ;
  inherit (lib.hm.options) option;

  cfg = config.xsession.windowManager.bspwm;

  primitive = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
  ];

  maybe =
    type: example: description:
    option (types.nullOr type) null description // { inherit example; };
  switch = description: maybe types.bool true "Whether ${description}.";

  rule = types.submodule {
    freeformType = types.attrsOf primitive;
    options = {
      monitor = maybe types.str "HDMI-0" "The monitor where windows open.";
      desktop = maybe types.str "^8" "The desktop where windows open.";
      node = maybe types.str "1" "The node where windows open.";
      state = maybe (types.enum [
        "tiled"
        "pseudo_tiled"
        "floating"
        "fullscreen"
      ]) "floating" "The state of windows.";
      layer = maybe (types.enum [
        "below"
        "normal"
        "above"
      ]) "above" "The layer of windows.";
      splitDir = maybe (types.enum [
        "north"
        "west"
        "south"
        "east"
      ]) "south" "The side of their container where windows open.";
      splitRatio = maybe types.float 0.65 "How much of their container windows get.";
      hidden = switch "windows are hidden";
      sticky = switch "windows stay on the desktop that is shown";
      private = switch "windows keep their place and size as far as possible";
      locked = switch "windows ignore being closed";
      marked = switch "windows are marked for later";
      center = switch "floating windows are in the middle";
      follow = switch "the focus goes to windows on other desktops";
      manage = switch "bspwm manages windows";
      focus = switch "new windows get the focus";
      border = switch "windows have borders";
      rectangle = maybe types.str "800x600+32+32" "Size and place of windows.";
    };
  };

  valueText =
    value:
    if lib.isList value then
      lib.concatMapStringsSep "," valueText value
    else if lib.isBool value then
      (if value then "on" else "off")
    else
      toString value;

  snakeCase = lib.replaceStrings lib.upperChars (map (letter: "_${letter}") lib.lowerChars);

  monitorText =
    monitor: desktops:
    let
      reset = "bspc monitor ${escapeShellArg monitor} -d ${escapeShellArgs desktops}";
    in
    if cfg.alwaysResetDesktops then
      reset
    else
      # A monitor that bspwm has just found has one desktop of this name.
      ''
        if [[ $(bspc query --desktops --names --monitor ${escapeShellArg monitor}) == Desktop ]]; then
          ${reset}
        fi'';

  settingText =
    name: value:
    "bspc config ${
      escapeShellArgs [
        name
        (valueText value)
      ]
    }";

  ruleText =
    windows: given:
    "bspc rule -a ${escapeShellArg windows} ${
      escapeShellArgs (
        mapAttrsToList (name: value: "${snakeCase name}=${valueText value}") (
          lib.filterAttrs (_name: value: value != null) given
        )
      )
    }";

  # For programs of Java, which otherwise draw nothing.
  forJava = ''
    # java gui fixes
    export _JAVA_AWT_WM_NONREPARENTING=1
  '';
in
{
  options.xsession.windowManager.bspwm = {
    enable = lib.mkEnableOption "bspwm, a tiling window manager for X";
    package = lib.hm.options.packageOption pkgs "bspwm" { example = "pkgs.bspwm-unstable"; };

    settings = option (types.attrsOf (types.either primitive (types.listOf primitive))) { } "Settings. See {manpage}`bspwm(1)`." // {
      example = {
        border_width = 2;
        split_ratio = 0.52;
      };
    };
    extraConfig = option types.lines "" "Lines of {file}`$XDG_CONFIG_HOME/bspwm/bspwmrc` after the settings." // {
      example = ''
        bspc subscribe all > ~/bspc-report.log &
      '';
    };
    extraConfigEarly = option types.lines "" "Lines at its beginning.";
    monitors = option (types.attrsOf (types.listOf types.str)) { } "The desktops of monitors." // {
      example.HDMI-0 = [
        "web"
        "terminal"
      ];
    };
    alwaysResetDesktops = option types.bool true "Whether monitors get their desktops each time, not only when they are new.";
    rules = option (types.attrsOf rule) { } "Rules by windows: `class:instance:name`." // {
      example.Gimp = {
        desktop = "^8";
        state = "floating";
      };
    };
    startupPrograms = option (types.listOf types.str) [ ] "Commands at the start." // {
      example = [ "numlockx on" ];
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "xsession.windowManager.bspwm" pkgs lib.platforms.linux)
    ];

    home.packages = lib.mkIf (cfg.package != null) [ cfg.package ];

    xdg.configFile."bspwm/bspwmrc".source = pkgs.writeShellScript "bspwmrc" (
      lib.optionalString (cfg.extraConfigEarly != "") (cfg.extraConfigEarly + "\n")
      + ''
        ${concatStringsSep "\n" (mapAttrsToList monitorText cfg.monitors)}

        ${concatStringsSep "\n" (mapAttrsToList settingText cfg.settings)}

        bspc rule -r '*'
        ${concatStringsSep "\n" (mapAttrsToList ruleText cfg.rules)}

        ${forJava}bspc rule -a sun-awt-X11-XDialogPeer state=floating

        ${cfg.extraConfig}
        ${lib.concatMapStringsSep "\n" (command: "${command} &") cfg.startupPrograms}
      ''
    );

    xsession.profileExtra = forJava;

    xsession.windowManager.command = "${lib.hm.options.binPath cfg.package "bspwm"} -c ${config.xdg.configHome}/bspwm/bspwmrc";
  };
}
