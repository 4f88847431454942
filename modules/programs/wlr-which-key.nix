{
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  yaml = pkgs.formats.yaml { };
in
{
  title = "wlr-which-key, menus of keys for Wayland";
  docs = "https://github.com/MaxVerevkin/wlr-which-key";
  linuxOnly = true;

  files.settings = {
    format = "yaml";
    storeName = "wlr-which-key-config";
    xdg = "wlr-which-key/config.yaml";
    example.background = "#282828d0";
  };

  options.extraMenus = option (types.attrsOf yaml.type) { } "Further menus by name." // {
    example.apps.menu = [
      {
        key = "f";
        desc = "Firefox";
        cmd = "firefox";
      }
    ];
  };

  config = {
    assertions = [
      {
        assertion = !(cfg.extraMenus ? config);
        message = ''
          programs.wlr-which-key.extraMenus."config" is reserved because it
          collides with the main settings target (wlr-which-key/config.yaml).
          Choose a different name for this menu.
        '';
      }
    ];

    xdg.configFile = lib.hm.files.inDirectory "wlr-which-key" ".yaml" (name: menu: {
      source = yaml.generate "wlr-which-key-${name}" menu;
    }) cfg.extraMenus;
  };
}
