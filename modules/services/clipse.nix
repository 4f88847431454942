{
  bin,
  cfg,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };
in
{
  title = "clipse, a history of the clipboard";
  docs = "https://github.com/savedra1/clipse";
  linuxOnly = true;

  renamed = {
    allowDuplicates = "settings.allowDuplicates";
    imageDisplay = "settings.imageDisplay";
    keyBindings = "settings.keyBindings";
    historySize = "settings.maxHistory";
  };

  options = {
    systemdTarget = option types.str "graphical-session.target" "The target that starts it." // {
      example = "sway-session.target";
    };
    settings = option json.type { } "Contents of {file}`$XDG_CONFIG_HOME/clipse/config.json`." // {
      example.maxHistory = 1001;
    };
    theme = option (types.either json.type types.path) { useCustomTheme = false; } "Contents of {file}`$XDG_CONFIG_HOME/clipse/custom_theme.json`, or such a file." // {
      example = {
        useCustomTheme = true;
        DimmedDesc = "#ffffff";
      };
    };
  };

  config = {
    xdg.configFile = {
      "clipse/config.json".source = json.generate "settings" cfg.settings;
      "clipse/custom_theme.json".source =
        if lib.hm.strings.isPathLike cfg.theme then cfg.theme else json.generate "theme" cfg.theme;
    };

    systemd.user.services.clipse = lib.mkIf (cfg.package != null || pkgs.isHomeManagerEmbedded or false) (
      lib.hm.services.graphicalUnit "Clipse listener" {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${bin "clipse"} -listen";
      }
      // {
        Install.WantedBy = [ cfg.systemdTarget ];
      }
    );
  };
}
