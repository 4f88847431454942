{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) types;
  inherit (lib.hm.options) option;

  cfg = config.services.home-manager.autoExpire;

  script = pkgs.writeShellScript "home-manager-auto-expire" (
    ''
      echo "Expire old Home Manager generations"
      ${config.programs.home-manager.package}/bin/home-manager expire-generations '${cfg.timestamp}'
    ''
    + lib.optionalString cfg.store.cleanup ''
      echo "Clean-up Nix store"
      ${lib.hm.options.binPath (pkgs.nix or null) "nix-collect-garbage"} ${cfg.store.options}
    ''
  );

  logs = "${config.home.homeDirectory}/Library/Logs/home-manager-auto-expire";
in
{
  options.services.home-manager.autoExpire = {
    enable = lib.mkEnableOption "a timer that removes old generations";

    timestamp = option types.str "-30 days" "The age of generations that are removed, for {command}`date -d`." // {
      example = "-7 days";
    };

    frequency = option types.str "monthly" "When it runs, as {manpage}`systemd.time(7)` has it." // {
      example = "weekly";
    };

    store = {
      cleanup = lib.mkEnableOption "the removal of everything in the store that nothing of the user needs any more";
      options = option types.str "" "Arguments of {command}`nix-collect-garbage`." // {
        example = "--delete-older-than 30d";
      };
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      (lib.hm.darwin.assertInterval "services.home-manager.autoExpire.frequency" cfg.frequency pkgs)
    ];

    systemd.user = {
      timers.home-manager-auto-expire = lib.hm.services.timer "Home Manager expire generations timer" {
        OnCalendar = cfg.frequency;
        Unit = "home-manager-auto-expire.service";
        Persistent = true;
      };

      services.home-manager-auto-expire = {
        Unit.Description = "Home Manager expire generations";
        Service.ExecStart = toString script;
      };
    };

    launchd.agents.home-manager-auto-expire = {
      enable = true;
      config = {
        ProgramArguments = [ (toString script) ];
        ProcessType = "Background";
        StartCalendarInterval = lib.hm.darwin.mkCalendarInterval cfg.frequency;
        StandardOutPath = "${logs}/launchd-stdout.log";
        StandardErrorPath = "${logs}/launchd-stderr.log";
      };
    };
  };
}
