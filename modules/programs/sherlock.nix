{
  cfg,
  config,
  exe,
  lib,
  types,
  ...
}:

let
  sources = map (path: config.xdg.configFile.${path}.source) (
    lib.optional (cfg.settings != { }) "sherlock/config.toml"
    ++ lib.optional (cfg.aliases != { }) "sherlock/sherlock_alias.json"
    ++ lib.optional (cfg.launchers != [ ]) "sherlock/fallback.json"
    ++ lib.optional (cfg.ignore != "") "sherlock/sherlockignore"
    ++ lib.optional (cfg.style != "") "sherlock/main.css"
  );
in
{
  title = "Sherlock, which starts programs";
  docs = "https://github.com/Skxxtz/sherlock/blob/main/docs/config.md";
  package = "sherlock-launcher";
  linuxOnly = true;

  files = {
    settings = {
      format = "toml";
      storeName = "sherlock-config.toml";
      xdg = "sherlock/config.toml";
      example.theme = "dark";
    };
    aliases = {
      format = "json";
      storeName = "sherlock_alias.json";
      xdg = "sherlock/sherlock_alias.json";
      example."NixOS Wiki".exec = "firefox https://wiki.nixos.org/w/index.php?search=%s";
    };
    launchers = {
      format = "json";
      default = [ ];
      empty = [ ];
      storeName = "sherlock-fallback.json";
      xdg = "sherlock/fallback.json";
      example = [ { type = "app_launcher"; } ];
    };
    ignore = {
      format = "lines";
      xdg = "sherlock/sherlockignore";
      example = ''
        hicolor-icon-theme.desktop
      '';
    };
    style = {
      format = "lines";
      xdg = "sherlock/main.css";
      example = ''
        window { background-color: #2e3440; }
      '';
    };
  };

  options.systemd.enable = lib.mkEnableOption "the service of Sherlock";

  config.systemd.user.services.sherlock = lib.mkIf cfg.systemd.enable {
    Unit = {
      Description = "Sherlock - App Launcher";
      X-Restart-Triggers = lib.mkIf (sources != [ ]) (map (source: "${source}") sources);
    };
    Install.WantedBy = [ "graphical-session.target" ];
    Service = {
      Environment = [ "DISPLAY=:0" ];
      ExecStart = "${exe} --daemonize";
      Restart = "on-failure";
    };
  };
}
