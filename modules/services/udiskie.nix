{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.services.sessionService module {
  name = "udiskie";
  title = "udiskie, which mounts removable media; the system has to have udisks2";
  install = false;
  description = "udiskie mount daemon";
  restartWithFiles = false;

  files.settings = {
    format = "yaml";
    xdg = "udiskie/config.yml";
    always = true;
    example.program_options.udisks_version = 2;
    description = "Further contents of {file}`$XDG_CONFIG_HOME/udiskie/config.yml`.";

    # What has an option of its own is there in any case.
    prepare =
      let
        cfg = config.services.udiskie;
      in
      lib.recursiveUpdate {
        program_options = {
          inherit (cfg) automount notify;
          tray =
            {
              always = true;
              auto = "auto";
              never = false;
            }
            .${cfg.tray};
        };
      };
  };

  options = {
    automount = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether media are mounted when they are there.";
    };

    notify = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether there are notifications.";
    };

    tray = lib.mkOption {
      type = lib.types.enum [
        "always"
        "auto"
        "never"
      ];
      default = "auto";
      description = "Whether there is an icon in the tray: `auto` is while there are media.";
    };
  };

  command =
    cfg:
    toString (
      [ (lib.hm.options.programPath' cfg.package "udiskie") ]
      ++ lib.optional config.xsession.preferStatusNotifierItems "--appindicator"
    );

  unit = cfg: {
    Requires = lib.optional (cfg.tray != "never") "tray.target";
    After = lib.optional (cfg.tray != "never") "tray.target";
  };
}
