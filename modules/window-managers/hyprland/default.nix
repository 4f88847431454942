# Hyprland, a compositor for Wayland.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) option packageOption;

  cfg = config.wayland.windowManager.hyprland;

  isLua = cfg.configType == "lua";

  value = lib.hm.files.hyprconfType;

  maybe = type: description: option (types.nullOr type) null description;

  sectionOf =
    options: description:
    option (types.submodule {
      freeformType = types.attrsOf value;
      inherit options;
    }) { } description;

  portalSettings = lib.converge (lib.filterAttrsRecursive (
    _name: value: value != null && value != { }
  )) cfg.xdph.settings;

  hyprctl = lib.hm.options.binPath cfg.finalPackage "hyprctl";

  # Tells each running Hyprland to read its configuration again.
  onChange = mkIf (cfg.package != null) ''
    (
      XDG_RUNTIME_DIR=''${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
      if [[ -d "/tmp/hypr" || -d "$XDG_RUNTIME_DIR/hypr" ]]; then
        for i in $(${hyprctl} instances -j | jq ".[].instance" -r); do
          ${hyprctl} -i "$i" reload config-only
        done
      fi
    )
  '';

  shared = import ./shared.nix { inherit cfg lib pkgs; };
  lua = import ./lua.nix { inherit cfg lib shared; inherit (config.xdg) configHome; };
  hyprlang = import ./hyprlang.nix { inherit cfg lib shared; };

  luaFileNames = map lua.fileName (lib.attrNames cfg.extraLuaFiles);

  # Settings of a submap that do not bind anything.
  otherThanBinds =
    submap:
    builtins.filter (name: builtins.match "bind[[:lower:]]*" name == null) (
      builtins.attrNames submap.settings
    );

  hasNoConfiguration =
    cfg.extraConfig == "" && cfg.extraLuaFiles == { } && cfg.settings == { } && cfg.submaps == { };
in
{
  options.wayland.windowManager.hyprland = {
    enable = option types.bool false "Whether to configure Hyprland, a tiling compositor for Wayland. See <https://wiki.hypr.land>.";

    package = packageOption pkgs "hyprland" {
      extraDescription = "Null is the package that the system installs.";
    };
    portalPackage = packageOption pkgs "xdg-desktop-portal-hyprland" { };

    finalPackage = mkOption {
      type = types.nullOr types.package;
      readOnly = true;
      default =
        if cfg.package == null then
          null
        else
          cfg.package.override { enableXWayland = cfg.xwayland.enable; };
      defaultText = lib.literalMD "`wayland.windowManager.hyprland.package` with applied configuration";
      description = "The package as it is configured.";
    };

    finalPortalPackage = mkOption {
      type = types.nullOr types.package;
      readOnly = true;
      default =
        if cfg.portalPackage == null || cfg.finalPackage == null then
          cfg.portalPackage
        else
          cfg.portalPackage.override { hyprland = cfg.finalPackage; };
      defaultText = lib.literalMD ''
        `wayland.windowManager.hyprland.portalPackage` with
            `wayland.windowManager.hyprland.finalPackage` override'';
      description = "The portal, with Hyprland as it is configured.";
    };

    xdph.settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf value;
        options = {
          general = sectionOf {
            toplevel_dynamic_bind = maybe types.bool "Whether windows are bound dynamically to the version that the client knows.";
          } "General settings.";

          screencopy = sectionOf {
            max_fps = maybe types.ints.unsigned "The most frames a second of a shared screen. Zero is no limit.";
            allow_token_by_default = maybe types.bool "Whether a choice of what is shared may be remembered, unless the user says otherwise.";
            custom_picker_binary = maybe types.str "The program that asks what to share.";
            force_shm = maybe types.bool "Whether screens are shared through shared memory, not DMA buffers.";
            cursor_mode = maybe (types.enum [
              0
              1
              2
            ]) "How the pointer is shared: 0 hidden, 1 in the picture, 2 beside it.";
          } "How screens are shared.";
        };
      };
      default = { };
      example = {
        general.toplevel_dynamic_bind = true;
        screencopy.max_fps = 60;
      };
      description = "Contents of {file}`$XDG_CONFIG_HOME/hypr/xdph.conf`. See <https://wiki.hypr.land/Hypr-Ecosystem/xdg-desktop-portal-hyprland/>.";
    };

    plugins = option (types.listOf (
      types.either types.package types.path
    )) [ ] "Plugins that Hyprland loads: packages, or paths of libraries.";

    configType = mkOption {
      type = types.enum [
        "hyprlang"
        "lua"
      ];
      inherit
        (lib.hm.deprecations.mkStateVersionOptionDefault {
          inherit (config.home) stateVersion;
          since = "26.05";
          optionPath = [
            "wayland"
            "windowManager"
            "hyprland"
            "configType"
          ];
          legacy.value = "hyprlang";
          current.value = "lua";
        })
        default
        defaultText
        ;
      description = "The language of the configuration: {file}`hyprland.conf` or {file}`hyprland.lua`.";
    };

    systemd = {
      enable = lib.mkEnableOption "the target {file}`hyprland-session.target`, which starts with Hyprland and binds to {file}`graphical-session.target`" // {
        default = true;
      };

      variables = option (types.listOf types.str) [
        "DISPLAY"
        "HYPRLAND_INSTANCE_SIGNATURE"
        "WAYLAND_DISPLAY"
        "XDG_CURRENT_DESKTOP"
        "XDG_SESSION_TYPE"
      ] "Variables that services of the user get." // { example = [ "--all" ]; };

      extraCommands = option (types.listOf types.str) [
        "systemctl --user stop hyprland-session.target"
        "systemctl --user start hyprland-session.target"
      ] "Commands after the variables are passed on.";

      enableXdgAutostart = lib.mkEnableOption "the start of applications by {manpage}`systemd-xdg-autostart-generator(8)`";
    };

    xwayland.enable = lib.mkEnableOption "XWayland, for programs of X" // {
      default = true;
    };

    settings = mkOption {
      type = value;
      default = { };
      example = lib.literalExpression ''
        {
          mod._var = "SUPER";
          config.general.gaps_in = 5;
          bind._args = [
            (lib.generators.mkLuaInline "mod .. ' + Q'")
            (lib.generators.mkLuaInline "hl.dsp.window.close()")
          ];
        }
      '';
      description = ''
        The configuration. In hyprlang, sets are sections and lists repeat a line. In Lua, each name
        is a function of `hl` and each value its argument; `_args` are several arguments, and a list
        is several calls. A set with `_var` is a local variable, which `name` may rename.
      '';
    };

    submaps = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            onDispatch = option types.str "" "The submap after a key of this one; `reset` is the default one." // {
              example = "reset";
            };
            settings = option (types.attrsOf (types.listOf value)) { } "Bindings of the submap." // {
              example = lib.literalExpression ''{ binde = [ ", right, resizeactive, 10 0" ]; }'';
            };
          };
        }
      );
      default = { };
      example = lib.literalExpression ''
        { move_focus.settings.bind = [ ", h, movefocus, l" ]; }
      '';
      description = "Submaps, by name. See <https://wiki.hypr.land/Configuring/Basics/Binds/#submaps>.";
    };

    extraConfig = option types.lines "" "Lines at the end of the configuration." // {
      example = ''
        hl.on("window.open", function()
          hl.dispatch(hl.dsp.exec_cmd("notify-send 'A window'"))
        end)
      '';
    };

    extraLuaFiles = mkOption {
      type = types.attrsOf (
        types.coercedTo (types.either types.path types.lines)
          (content: {
            inherit content;
            autoLoad = true;
          })
          (types.submodule {
            options = {
              content = mkOption {
                type = types.either types.path types.lines;
                description = "The module, as text or as a path.";
              };
              autoLoad = option types.bool true "Whether the configuration loads the module.";
            };
          })
      );
      default = { };
      example = lib.literalExpression ''
        {
          vars = '''
            return { mainMod = "SUPER" }
          ''';
        }
      '';
      description = "Modules of Lua below {file}`$XDG_CONFIG_HOME/hypr`, by name, for configurations in Lua.";
    };

    sourceFirst = lib.mkEnableOption "`source` above the other settings" // {
      default = true;
    };

    importantPrefixes = option (types.listOf types.str) [
      "$"
      "bezier"
      "curve"
      "name"
      "output"
    ] "What the names of settings begin with that have to be above the others." // {
      example = [
        "$"
        "bezier"
      ];
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "wayland.windowManager.hyprland" pkgs lib.platforms.linux)
      {
        assertion = !(cfg.submaps ? reset);
        message = "Submaps can't be named 'reset'. The name 'reset' is reserved in order to have a way to switch to the default submap; as if 'reset' was its name.";
      }
      {
        assertion = !builtins.elem "hyprland.lua" luaFileNames;
        message = "wayland.windowManager.hyprland.extraLuaFiles cannot define hyprland.lua because it is generated by the Hyprland module.";
      }
      {
        assertion = lib.length luaFileNames == lib.length (lib.unique luaFileNames);
        message = "wayland.windowManager.hyprland.extraLuaFiles contains entries that resolve to the same Lua file path.";
      }
    ];

    warnings =
      lib.mapAttrsToList (name: others: ''
        wayland.windowManager.hyprland.submaps."${name}".settings: found non-bind entries: [${toString others}], which will have no effect in a submap
      '') (lib.filterAttrs (_name: others: others != [ ]) (lib.mapAttrs (_name: otherThanBinds) cfg.submaps))
      ++
        lib.optional ((cfg.systemd.enable || cfg.plugins != [ ]) && hasNoConfiguration)
          "You have enabled hyprland.systemd.enable or listed plugins in hyprland.plugins but do not have any configuration in hyprland.settings, hyprland.extraConfig, hyprland.extraLuaFiles or hyprland.submaps. This is almost certainly a mistake.";

    home.packages = mkIf (cfg.package != null) (
      [ cfg.finalPackage ] ++ lib.optional (cfg.xwayland.enable && pkgs.xwayland or null != null) pkgs.xwayland
    );

    xdg.configFile = lib.mkMerge [
      {
        "hypr/.luarc.json" = mkIf (isLua && cfg.finalPackage != null) {
          text = builtins.toJSON {
            workspace.library = [ "${cfg.finalPackage}/share/hypr/stubs" ];
            diagnostics.globals = [ "hl" ];
          };
        };
        "hypr/hyprland.conf" = mkIf (!isLua && hyprlang.isWritten) {
          inherit (hyprlang) text;
          inherit onChange;
        };
        "hypr/hyprland.lua" = mkIf (isLua && lua.isWritten) {
          inherit (lua) text;
          inherit onChange;
        };
        "hypr/xdph.conf" = mkIf (portalSettings != { }) {
          text = lib.hm.generators.toHyprconf { attrs = portalSettings; };
        };
      }
      (mkIf isLua lua.files)
    ];

    xdg.portal = {
      enable = cfg.finalPortalPackage != null;
      extraPortals = mkIf (cfg.finalPortalPackage != null) [ cfg.finalPortalPackage ];
      configPackages = mkIf (cfg.finalPackage != null) (lib.mkDefault [ cfg.finalPackage ]);
    };

    systemd.user.targets.hyprland-session = mkIf cfg.systemd.enable {
      Unit = {
        Description = "Hyprland compositor session";
        Documentation = [ "man:systemd.special(7)" ];
        BindsTo = [ "graphical-session.target" ];
        Wants = [
          "graphical-session-pre.target"
        ]
        ++ lib.optional cfg.systemd.enableXdgAutostart "xdg-desktop-autostart.target";
        After = [ "graphical-session-pre.target" ];
        Before = mkIf cfg.systemd.enableXdgAutostart [ "xdg-desktop-autostart.target" ];
        PropagatesStopTo = [ "graphical-session.target" ];
      };
    };
  };
}
