{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.services.tldr-update;

  tldr = lib.hm.options.programPath cfg.package "tldr";
  description = "Update tldr CLI cache";
in
{
  options.services.tldr-update = {
    enable = lib.mkEnableOption "updates of the pages of tldr";

    package = lib.hm.options.packageOption pkgs "tldr" {
      nullable = true;
      example = [ "tlrc" ];
    };

    period = mkOption {
      type = types.str;
      default = "weekly";
      description = ''
        When to update, see {manpage}`systemd.time(7)`.

        ${lib.hm.darwin.intervalDocumentation}
      '';
    };
  };

  config = lib.mkIf cfg.enable (
    {
      assertions = [ (lib.hm.darwin.assertInterval "services.tldr-update.period" cfg.period pkgs) ];

      systemd.user = {
        services.tldr-update = {
          Unit = {
            Description = description;
            Documentation = "https://tldr.sh/";
          };
          Service = {
            Type = "oneshot";
            ExecStart = ''
              ${tldr} --update
            '';
          };
        };

        timers.tldr-update = {
          Unit.Description = description;
          Timer = {
            OnCalendar = cfg.period;
            Persistent = true;
          };
          Install.WantedBy = [ "timers.target" ];
        };
      };
    }
    // lib.optionalAttrs (options ? launchd) {
      launchd.agents.tldr-update = {
        enable = true;
        config = {
          ProgramArguments = [
            tldr
            "--update"
          ];
          StartCalendarInterval = lib.hm.darwin.mkCalendarInterval cfg.period;
        };
      };
    }
  );
}
