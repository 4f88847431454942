{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "pasystray";
  title = "pasystray, PulseAudio in the tray";
  install = false;
  description = "PulseAudio system tray";
  inTray = true;

  options.extraOptions = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
    example = [ "-g" ];
    description = "Arguments of the command.";
  };

  command = cfg: lib.escapeShellArgs ([ (lib.hm.options.programPath cfg.package "pasystray") ] ++ cfg.extraOptions);

  # What its menu starts.
  service =
    _cfg:
    lib.optionalAttrs (pkgs ? paprefs && pkgs ? pavucontrol) {
      Environment = [
        "PATH=${
          lib.makeBinPath [
            pkgs.paprefs
            pkgs.pavucontrol
          ]
        }"
      ];
    };
}
