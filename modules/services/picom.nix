{
  cfg,
  config,
  exe,
  lib,
  option,
  options,
  types,
  ...
}:

let
  opt = options.services.picom;

  described = description: type: type // { inherit description; };

  pairOf =
    type:
    described "pair of ${type.description}" (
      types.addCheck (types.listOf type) (value: lib.length value == 2)
    );

  scalar = described "scalar types" (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
    ]
  );

  value = described "libconfig type" (
    types.oneOf [
      scalar
      (types.listOf value)
      (types.attrsOf value)
    ]
  );

  # The language of libconfig.
  fields =
    isTop:
    lib.mapAttrsToList (
      name: value:
      let
        separator = if isTop && lib.isAttrs value then ": " else " = ";
      in
      "${lib.escape [ separator ] name}${separator}${valueText value};"
    );

  valueText =
    value:
    {
      bool = lib.boolToString value;
      int = toString value;
      float = toString value;
      string = ''"${lib.escape [ ''"'' ] value}"'';
      list = "[ ${lib.concatMapStringsSep " , " valueText value} ]";
      set = "{ ${lib.concatStringsSep " " (fields false value)} }";
    }
    .${builtins.typeOf value};

  conditions = description: option (types.listOf types.str) [ ] "${description} See CONDITIONS in {manpage}`picom(1)`.";

  opacity = from: description: option (types.numbers.between from 1) 1.0 description // { example = 0.8; };

  hidden = [
    "window_type *= 'menu'"
    "name ~= 'Firefox$'"
    "focused = 1"
  ];
in
{
  title = "picom, a compositor for X";
  docs = "https://picom.app";
  linuxOnly = true;

  removed = {
    refreshRate = "The option `refresh-rate` has been deprecated by upstream.";
    experimentalBackends = "The option `--experimental-backends` has been removed by upstream.";
    extraOptions = "This option has been replaced by `services.picom.settings`.";
  };
  renamed.opacityRule = "opacityRules";

  options = {
    fade = option types.bool false "Whether windows fade in and out.";
    fadeDelta = option types.ints.positive 10 "Milliseconds between two steps of fading." // {
      example = 5;
    };
    fadeSteps =
      option (pairOf (types.numbers.between 1.0e-2 1)) [
        2.8e-2
        3.0e-2
      ] "How much opacity changes in a step of fading in, and of fading out."
      // {
        example = [
          4.0e-2
          4.0e-2
        ];
      };
    fadeExclude = conditions "Windows that do not fade." // {
      example = hidden;
    };

    shadow = option types.bool false "Whether windows have shadows.";
    shadowOffsets =
      option (pairOf types.int) [
        (-15)
        (-15)
      ] "How far shadows are to the right of windows, and below them, in pixels."
      // {
        example = lib.literalExpression "[ (-10) (-15) ]";
      };
    shadowOpacity = option (types.numbers.between 0 1) 0.75 "The opacity of shadows." // {
      example = 0.8;
    };
    shadowExclude = conditions "Windows without a shadow." // {
      example = hidden;
    };

    activeOpacity = opacity 0 "The opacity of the window with the focus.";
    inactiveOpacity = opacity 0.1 "The opacity of windows without the focus.";
    menuOpacity = opacity 0 "The opacity of menus.";

    wintypes = lib.mkOption {
      type = types.attrs;
      default = {
        popup_menu.opacity = cfg.menuOpacity;
        dropdown_menu.opacity = cfg.menuOpacity;
      };
      defaultText = lib.literalExpression ''
        {
          popup_menu = { opacity = config.${opt.menuOpacity}; };
          dropdown_menu = { opacity = config.${opt.menuOpacity}; };
        }
      '';
      example = { };
      description = "Settings by the type of window.";
    };

    opacityRules = option (types.listOf types.str) [ ] "Opacities in percent, each with a condition of windows." // {
      example = [ "95:class_g = 'URxvt' && !_NET_WM_STATE@:32a" ];
    };

    backend = option (types.enum [
      "egl"
      "glx"
      "xrender"
      "xr_glx_hybrid"
    ]) "xrender" "What picom draws with.";

    vSync = option types.bool false "Whether it waits for the screen, against tearing.";

    extraArgs = option (types.listOf types.str) [ ] "Arguments of {command}`picom`." // {
      example = [ "--legacy-backends" ];
    };

    settings = option (described "Picom configuration" (types.attrsOf value)) { } "Contents of {file}`$XDG_CONFIG_HOME/picom/picom.conf`. See CONFIGURATION FILES in {manpage}`picom(1)`." // {
      example.blur = {
        method = "gaussian";
        size = 10;
        deviation = 5.0;
      };
    };

    extraConfig = option types.lines "" "Lines at the end of the configuration." // {
      example = ''
        animations = ({ triggers = [ "open" ]; preset = "slide-in"; })
      '';
    };
  };

  config = {
    services.picom.settings = lib.mapAttrs (_name: lib.mkDefault) {
      fading = cfg.fade;
      fade-delta = cfg.fadeDelta;
      fade-in-step = lib.elemAt cfg.fadeSteps 0;
      fade-out-step = lib.elemAt cfg.fadeSteps 1;
      fade-exclude = cfg.fadeExclude;

      inherit (cfg) shadow;
      shadow-offset-x = lib.elemAt cfg.shadowOffsets 0;
      shadow-offset-y = lib.elemAt cfg.shadowOffsets 1;
      shadow-opacity = cfg.shadowOpacity;
      shadow-exclude = cfg.shadowExclude;

      active-opacity = cfg.activeOpacity;
      inactive-opacity = cfg.inactiveOpacity;
      opacity-rule = cfg.opacityRules;

      inherit (cfg) backend wintypes;
      vsync = cfg.vSync;
    };

    xdg.configFile."picom/picom.conf".text = lib.concatStringsSep "\n" (
      fields true cfg.settings ++ [ cfg.extraConfig ]
    );
  };

  unit = lib.hm.services.graphicalUnit "Picom X11 compositor" {
    ExecStart = lib.concatStringsSep " " (
      [
        exe
        "--config ${config.xdg.configFile."picom/picom.conf".source}"
      ]
      ++ cfg.extraArgs
    );
    Restart = "always";
    RestartSec = 3;
  };
}
