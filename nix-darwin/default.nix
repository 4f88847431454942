# Homes as a part of a nix-darwin system: each is activated with the system, as its user.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.home-manager;

  driverVersion = if cfg.enableLegacyProfileManagement then "0" else "1";

  exports = lib.concatStrings (
    lib.mapAttrsToList (name: value: "export ${name}=${lib.escapeShellArg value}\n") (
      lib.filterAttrs (_name: value: value != null) {
        HOME_MANAGER_BACKUP_EXT = cfg.backupFileExtension;
        HOME_MANAGER_BACKUP_COMMAND = cfg.backupCommand;
        HOME_MANAGER_BACKUP_OVERWRITE = if cfg.overwriteBackup then "1" else null;
        VERBOSE = if cfg.verbose then "1" else null;
      }
    )
  );

  activateHome =
    home:
    let
      inherit (home.home) username activationPackage;

      # As its user. What it tells goes where the system's own activation tells.
      asUser = pkgs.writeShellScript "activation-${username}" ''
        ${exports}exec ${activationPackage}/activate --driver-version ${driverVersion} >&2
      '';
    in
    ''
      echo Activating home-manager configuration for ${username} >&2
      hmDryRunArgs=()
      hmParentArgs="$(ps -p "$PPID" -ww -o args= || true)"
      if [[ -v DRY_RUN || "$hmParentArgs" == *" --dry-run"* ]]; then
        hmDryRunArgs=(env DRY_RUN=1)
      fi
      launchctl asuser "$(id -u ${username})" sudo -u ${username} --set-home "''${hmDryRunArgs[@]}" ${asUser}
    '';
in
{
  imports = [ ../nixos/common.nix ];

  config = lib.mkMerge [
    { home-manager.extraSpecialArgs.darwinConfig = config; }

    (lib.mkIf (cfg.users != { }) {
      system.activationScripts.postActivation.text = lib.concatMapStringsSep "\n" activateHome (
        lib.attrValues cfg.users
      );
    })
  ];
}
