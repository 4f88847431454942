{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  cfg = config.xsession.windowManager.fluxbox;

  # The files of ~/.fluxbox, by name, with what they have.
  files = {
    init = "settings";
    apps = "settings of windows";
    keys = "bindings of keys";
    menu = "the menu";
    slitlist = "the order of programs in the slit";
    windowmenu = "the menu of windows";
  };
in
{
  options.xsession.windowManager.fluxbox = {
    enable = lib.mkEnableOption "Fluxbox, a window manager for X";
    package = lib.hm.options.packageOption pkgs "fluxbox" { };
    extraCommandLineArgs = option (types.listOf types.str) [ ] "Arguments of {command}`fluxbox`." // {
      example = [
        "-log"
        "/tmp/fluxbox.log"
      ];
    };
  }
  // lib.mapAttrs (
    name: what: option types.lines "" "Contents of {file}`~/.fluxbox/${name}`: ${what}."
  ) files;

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.assertions.assertPlatform "xsession.windowManager.fluxbox" pkgs lib.platforms.linux)
    ];

    home.packages = lib.mkIf (cfg.package != null) [ cfg.package ];

    home.file = lib.mapAttrs' (name: _what: {
      name = ".fluxbox/${name}";
      value = lib.mkIf (cfg.${name} != "") { text = cfg.${name}; };
    }) files;

    xsession.windowManager.command = lib.escapeShellArgs (
      [ (lib.hm.options.binPath cfg.package "fluxbox") ] ++ lib.remove "" cfg.extraCommandLineArgs
    );
  };
}
