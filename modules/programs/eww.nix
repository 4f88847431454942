{
  cfg,
  config,
  exe,
  lib,
  option,
  types,
  ...
}:

let
  lines = option (types.nullOr types.lines) null;
in
{
  title = "eww, widgets of any kind";
  docs = "https://elkowar.github.io/eww/configuration.html";

  removed = [
    (lib.genAttrs [
      "enableBashIntegration"
      "enableZshIntegration"
      "enableFishIntegration"
    ] (_name: "This option is no longer necessary. Shell completions are now installed with eww by nixpkgs."))
    {
      configDir = "programs.eww.configDir is now deprecated, please use programs.eww.yuckConfig and programs.eww.scssConfig instead.";
    }
  ];

  options = {
    yuckConfig = lines "Contents of {file}`$XDG_CONFIG_HOME/eww/eww.yuck`. See <https://elkowar.github.io/eww/configuration.html>." // {
      example = ''
        (defwindow example :monitor 0 "text")
      '';
    };
    scssConfig = lines "Contents of {file}`$XDG_CONFIG_HOME/eww/eww.scss`. See <https://elkowar.github.io/eww/working_with_gtk.html>." // {
      example = ''
        window { background: pink; }
      '';
    };

    systemd = {
      enable = lib.mkEnableOption "the service of eww";
      target = option types.str config.wayland.systemd.target "Target that starts the service." // {
        defaultText = lib.literalExpression "config.wayland.systemd.target";
      };
    };
  };

  config = {
    xdg.configFile = {
      "eww/eww.yuck" = lib.mkIf (cfg.yuckConfig != null) { text = cfg.yuckConfig; };
      "eww/eww.scss" = lib.mkIf (cfg.scssConfig != null) { text = cfg.scssConfig; };
    };

    systemd.user.services.eww = lib.mkIf cfg.systemd.enable {
      Unit = {
        Description = "ElKowars wacky widgets daemon";
        Documentation = "https://elkowar.github.io/eww/";
        After = [ "graphical-session.target" ];
        PartOf = [ "graphical-session.target" ];
      };
      Service = {
        ExecStart = "${exe} daemon --no-daemonize";
        ExecStop = "${exe} kill";
        ExecReload = "${exe} reload";
      };
      Install.WantedBy = [ cfg.systemd.target ];
    };
  };
}
