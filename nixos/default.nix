# Homes as a part of a NixOS system: each is activated by a unit of systemd, as its user.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkIf;

  cfg = config.home-manager;

  driverVersion = if cfg.enableLegacyProfileManagement then "0" else "1";

  # Where a user's own packages add to the unit that all users have.
  dropInDirectory = "/share/systemd/user/home-manager.service.d";

  unitFor = user: {
    description = "Home Manager environment for ${user}";

    # A new generation is activated over the old one; nothing is to be undone in between.
    stopIfChanged = false;

    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = "yes";
      TimeoutStartSec = "5m";
      SyslogIdentifier = "hm-activate-${user}";
    };

    environment = {
      # There are Qt programs among those that activation runs, and there is no display.
      QT_QPA_PLATFORM = "offscreen";
    }
    // lib.optionalAttrs cfg.verbose { VERBOSE = "1"; }
    // lib.optionalAttrs (cfg.backupCommand != null) {
      HOME_MANAGER_BACKUP_COMMAND = cfg.backupCommand;
    }
    // lib.optionalAttrs (cfg.backupFileExtension != null) {
      HOME_MANAGER_BACKUP_EXT = cfg.backupFileExtension;
    }
    // lib.optionalAttrs cfg.overwriteBackup { HOME_MANAGER_BACKUP_OVERWRITE = "1"; };
  };

  # Variables of a user's session that activation blocks look at.
  sessionVariables = [
    "DBUS_SESSION_BUS_ADDRESS"
    "DISPLAY"
    "WAYLAND_DISPLAY"
    "XAUTHORITY"
    "XDG_RUNTIME_DIR"
  ];

  # The environment is what a login shell of the user makes it, and that of the session if there
  # is one.
  activateWithSession = pkgs.writeScript "hm-setup-env" ''
    #! ${pkgs.runtimeShell} -el

    eval "$(
      XDG_RUNTIME_DIR=''${XDG_RUNTIME_DIR:-/run/user/$UID} systemctl --user show-environment 2> /dev/null \
        | ${pkgs.gnused}/bin/sed -En 's/^(${lib.concatStringsSep "|" sessionVariables})=/export &/p'
    )"

    exec "$1/activate" --driver-version ${driverVersion}
  '';

  systemUnit =
    home:
    let
      inherit (home.home) username homeDirectory activationPackage;
      common = unitFor username;
    in
    lib.nameValuePair "home-manager-${utils.escapeSystemdPath username}" (
      common
      // {
        wantedBy = [ "multi-user.target" ];
        wants = [ "nix-daemon.socket" ];
        after = [ "nix-daemon.socket" ];

        # Nobody logs in to half a home.
        before = [ "systemd-user-sessions.service" ];

        unitConfig.RequiresMountsFor = homeDirectory;
        serviceConfig = common.serviceConfig // {
          User = username;
          ExecStart = "${activateWithSession} ${activationPackage}";
        };
      }
    );
in
{
  imports = [ ./common.nix ];

  options.home-manager.startAsUserService = lib.mkOption {
    type = lib.types.bool;
    default = false;
    example = true;
    description = ''
      Whether a home is activated when its user logs in, by a unit of the user's own systemd. If
      not, all homes are activated when the system starts. For home directories that are there
      only while their user is logged in, as with {option}`security.pam.mount.enable`.
    '';
  };

  config = lib.mkMerge [
    { home-manager.extraSpecialArgs.nixosConfig = config; }

    (mkIf (cfg.users != { } && !cfg.startAsUserService) {
      systemd.services = lib.mapAttrs' (_name: systemUnit) cfg.users;
    })

    (mkIf (cfg.users != { } && cfg.startAsUserService) {
      # Units of users cannot depend on those of the system, as on the Nix daemon. There is no
      # ExecStart for users without a home; for the others it is in their drop-in.
      systemd.user.services.home-manager = unitFor "%u" // {
        unitConfig.RequiresMountsFor = "%h";
      };

      # systemd reads whole units from the directories of a user's packages only after those of
      # the system, so that ours would not count. Drop-ins do.
      users.users = lib.mapAttrs (_name: home: {
        packages = [
          (pkgs.writeTextDir "${dropInDirectory}/10-user-activation.conf" ''
            [Service]
            ExecStart=${home.home.activationPackage}/activate
          '')
        ];
      }) cfg.users;

      environment.pathsToLink = [ dropInDirectory ];

      # Users who are logged in get their new home at once.
      system.userActivationScripts.home-manager = {
        text = "${pkgs.systemd}/bin/systemctl --user restart home-manager";
        deps = [ ];
      };
    })
  ];
}
