{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  toml = pkgs.formats.toml { };
  file = pkgs.runCommand "swayr.toml" { } ''
    cat ${toml.generate "config.toml" cfg.settings} ${pkgs.writeText "extra-config.toml" cfg.extraConfig} > $out
  '';
in
{
  title = "swayr, which changes between the windows of Sway";
  docs = "https://git.sr.ht/~tsdh/swayr";

  options = {
    settings = option (types.nullOr toml.type) { } "Contents of {file}`$XDG_CONFIG_HOME/swayr/config.toml`. See <https://git.sr.ht/~tsdh/swayr>." // {
      example.menu.executable = "wofi";
    };

    extraConfig = option types.lines "" "Further lines of the file.";

    systemd.enable = lib.mkEnableOption "the service of swayr";
    systemd.target = option types.str config.wayland.systemd.target "Target that starts the service." // {
      defaultText = lib.literalExpression "config.wayland.systemd.target";
    };
  };

  config = {
    xdg.configFile."swayr/config.toml" = lib.mkIf (cfg.settings != { }) { source = file; };

    systemd.user.services.swayrd = lib.mkIf cfg.systemd.enable {
      Unit = {
        Description = "A window-switcher & more for sway";
        Documentation = "https://sr.ht/~tsdh/swayr";
        After = [ cfg.systemd.target ];
        PartOf = [ cfg.systemd.target ];
        X-Restart-Triggers = lib.mkIf (cfg.settings != { }) [
          "${config.xdg.configFile."swayr/config.toml".source}"
        ];
      };
      Service = {
        Environment = [ "RUST_BACKTRACE=1" ];
        ExecStart = lib.hm.options.programPath' cfg.package "swayrd";
        Restart = "on-failure";
      };
      Install.WantedBy = [ cfg.systemd.target ];
    };
  };
}
