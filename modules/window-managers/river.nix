# River, a tiling compositor for Wayland, whose configuration is a script of commands.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (lib.hm.options) option;

  cfg = config.wayland.windowManager.river;

  value =
    types.nullOr (
      types.oneOf [
        types.bool
        types.int
        types.float
        types.str
        types.path
        (types.attrsOf value)
        (types.listOf value)
      ]
    )
    // {
      description = "River configuration value";
    };

  valueText =
    value:
    if lib.isBool value then
      (if value then "enabled" else "disabled")
    else if lib.isFloat value then
      lib.strings.floatToString value
    else
      toString value;

  # The commands of a value: names of sets are arguments, items of lists are several commands.
  commands =
    words: value:
    if lib.isAttrs value && !lib.isDerivation value then
      lib.concatLists (lib.mapAttrsToList (name: commands (words ++ [ name ])) value)
    else if lib.isList value then
      lib.concatMap (commands words) value
    else
      lib.optional (value != null) (lib.concatStringsSep " " (words ++ [ (valueText value) ]));

  startSession = lib.concatStringsSep " " (
    [
      "${
        lib.hm.options.binPath (pkgs.dbus or null) "dbus-update-activation-environment"
      } --systemd ${lib.concatStringsSep " " cfg.systemd.variables}"
    ]
    ++ map (command: "&& ${command}") cfg.systemd.extraCommands
  );
in
{
  options.wayland.windowManager.river = {
    enable = lib.mkEnableOption "River, a tiling compositor for Wayland";
    package = lib.hm.options.packageOption pkgs "river" {
      default = "river-classic";
      extraDescription = "Null is the package that the system installs.";
    };
    xwayland.enable = lib.mkEnableOption "XWayland, for programs of X" // {
      default = true;
    };

    systemd = {
      enable = lib.mkEnableOption "the target {file}`river-session.target`, which starts with River and binds to {file}`graphical-session.target`" // {
        default = true;
      };
      variables = option (types.listOf types.str) [
        "DISPLAY"
        "WAYLAND_DISPLAY"
        "XDG_CURRENT_DESKTOP"
        "NIXOS_OZONE_WL"
        "XCURSOR_THEME"
        "XCURSOR_SIZE"
      ] "Variables that services of the user get." // { example = [ "-all" ]; };
      extraCommands = option (types.listOf types.str) [
        "systemctl --user stop river-session.target"
        "systemctl --user start river-session.target"
      ] "Commands after the variables are passed on.";
    };

    extraSessionVariables = option types.attrs { } "Variables of programs that River starts." // {
      example.MOZ_ENABLE_WAYLAND = "1";
    };

    settings = mkOption {
      type = value;
      default = { };
      example = {
        border-width = 2;
        declare-mode = [
          "locked"
          "normal"
        ];
        map.normal."Alt Q" = "close";
      };
      description = "Commands of {command}`riverctl`. Names of sets are words of a command, items of lists are several. See {manpage}`riverctl(1)`.";
    };

    extraConfig = option types.lines "" "Lines of the script {file}`$XDG_CONFIG_HOME/river/init`." // {
      example = ''
        rivertile -view-padding 6 -outer-padding 6 &
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "wayland.windowManager.river" pkgs lib.platforms.linux)
    ];

    home.packages =
      lib.optional (cfg.package != null) cfg.package
      ++ lib.optional (cfg.xwayland.enable && pkgs.xwayland or null != null) pkgs.xwayland;

    xdg.configFile."river/init".source = pkgs.writeShellScript "init" (
      ''
        ### This file was generated with Nix. Don't modify this file directly.

        ### SHELL VARIABLES ###
        ${config.lib.shell.exportAll cfg.extraSessionVariables}

        ### CONFIGURATION ###
        ${lib.concatStringsSep "\n" (commands [ "riverctl" ] cfg.settings)}

        ### EXTRA CONFIGURATION ###
        ${cfg.extraConfig}
      ''
      + lib.optionalString cfg.systemd.enable ''

        ### SYSTEMD INTEGRATION ###
        ${startSession}


      ''
    );

    systemd.user.targets.river-session = lib.mkIf cfg.systemd.enable {
      Unit = {
        Description = "river compositor session";
        Documentation = [ "man:systemd.special(7)" ];
        BindsTo = [ "graphical-session.target" ];
        Wants = [ "graphical-session-pre.target" ];
        After = [ "graphical-session-pre.target" ];
      };
    };
  };
}
