{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "foot";
  title = "foot, a terminal for Wayland";
  linuxOnly = true;

  files.settings = {
    format = pkgs.formats.ini { listsAsDuplicateKeys = true; };
    xdg = "foot/foot.ini";
    example.main.font = "Fira Code:size=11";
  };

  options.server = {
    enable = lib.mkEnableOption "a server that all windows belong to";

    systemdTarget = lib.mkOption {
      type = lib.types.str;
      default = config.wayland.systemd.target;
      defaultText = lib.literalMD "{option}`wayland.systemd.target`";
      description = "What of the session starts and stops the server.";
    };
  };

  extraConfig = cfg: {
    systemd.user.services.foot = lib.mkIf cfg.server.enable {
      Unit = {
        Description = "Fast, lightweight and minimalistic Wayland terminal emulator.";
        Documentation = "man:foot(1)";
        PartOf = [ cfg.server.systemdTarget ];
        After = [ cfg.server.systemdTarget ];
        ConditionEnvironment = "WAYLAND_DISPLAY";
      };

      Service = {
        ExecStart = "${lib.hm.options.binPath cfg.package "foot"} --server";
        Restart = "on-failure";
        OOMPolicy = "continue";
      };

      Install.WantedBy = [ cfg.server.systemdTarget ];
    };
  };
}
