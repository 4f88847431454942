{
  cfg,
  config,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "Quickshell, for panels and other parts of a desktop";
  docs = "https://quickshell.org/docs/";
  linuxOnly = true;

  options = {
    configs = option (types.attrsOf types.path) { } "Configurations by name: directories of QML files.";
    activeConfig = option (types.nullOr types.str) null "Name of the configuration that the service shows; the default one if null.";

    systemd = {
      enable = lib.mkEnableOption "the service of Quickshell";
      target = option types.str config.wayland.systemd.target "Target that starts the service." // {
        defaultText = lib.literalExpression "config.wayland.systemd.target";
        example = "hyprland-session.target";
      };
    };
  };

  config = {
    assertions = [
      {
        assertion = !(lib.any (lib.hasInfix "/") (lib.attrNames cfg.configs));
        message = "The names of configs in `programs.quickshell.configs` must not contain slashes.";
      }
      {
        assertion = cfg.systemd.enable -> cfg.package != null;
        message = "`programs.quickshell.systemd.enable` cannot be true when `programs.quickshell.package` is null";
      }
    ];

    xdg.configFile = lib.hm.files.inDirectory "quickshell" "" (_name: source: { inherit source; }) cfg.configs;

    systemd.user.services.quickshell = lib.mkIf cfg.systemd.enable {
      Unit = {
        Description = "quickshell";
        Documentation = "https://quickshell.outfoxxed.me/docs/";
        After = [ cfg.systemd.target ];
      };
      Service = {
        ExecStart = exe + lib.optionalString (cfg.activeConfig != null) " --config ${cfg.activeConfig}";
        Restart = "on-failure";
      };
      Install.WantedBy = [ cfg.systemd.target ];
    };
  };
}
