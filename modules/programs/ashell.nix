{
  cfg,
  config,
  exe,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };
  yaml = pkgs.formats.yaml { };

  # 0.5 changed the format and the style of names.
  isNew = cfg.package == null || lib.versionAtLeast (lib.getVersion cfg.package) "0.5.0";

  inSnakeCase = lib.hm.deprecations.remapAttrsRecursive {
    pred = lib.hm.strings.isCamelCase;
    transform = lib.hm.strings.toSnakeCase;
  };
in
{
  title = "ashell, a panel for Hyprland and Niri";
  docs = "https://malpenzibo.github.io/ashell/docs/configuration";
  linuxOnly = true;

  options = {
    settings = option (types.nullOr toml.type) { } "Contents of {file}`$XDG_CONFIG_HOME/ashell/config.toml`. See <https://malpenzibo.github.io/ashell/docs/configuration>." // {
      example.modules.left = [ "Workspaces" ];
    };

    systemd = {
      enable = lib.mkEnableOption "the service of ashell";
      target = option types.str config.wayland.systemd.target "Target that starts the service." // {
        defaultText = lib.literalExpression "config.wayland.systemd.target";
        example = "hyprland-session.target";
      };
    };
  };

  config = {
    xdg.configFile.${if isNew then "ashell/config.toml" else "ashell.yml"} =
      lib.mkIf (cfg.settings != { })
        {
          source =
            if isNew then
              toml.generate "ashell-config" (inSnakeCase "programs.ashell.settings" cfg.settings)
            else
              yaml.generate "ashell-config" cfg.settings;
        };

    systemd.user.services.ashell = lib.mkIf cfg.systemd.enable {
      Unit = {
        Description = "ashell status bar";
        Documentation = "https://github.com/MalpenZibo/ashell/tree/0.4.1";
        After = [ cfg.systemd.target ];
      };
      Service = {
        ExecStart = exe;
        Restart = "on-failure";
      };
      Install.WantedBy = [ cfg.systemd.target ];
    };
  };
}
