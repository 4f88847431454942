# Makes the running manager follow the units of a new generation.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.systemd.user;

  isEmbedded = pkgs.isHomeManagerEmbedded or false;

  # Where the units are within the files of a generation.
  units = lib.removePrefix config.home.homeDirectory "${config.xdg.configHome}/systemd/user";

  followUnits =
    mode:
    ''bash ${./follow-units.bash} ${mode} "''${oldUnitsDir:-}" "$newUnitsDir" ${toString cfg.servicesStartTimeoutMs}'';

  sdSwitch = ''
    ${lib.getExe pkgs.sd-switch} \
      ''${DRY_RUN:+--dry-run} $VERBOSE_ARG \
      ${
        lib.optionalString (
          cfg.servicesStartTimeoutMs != 0
        ) "--timeout ${toString cfg.servicesStartTimeoutMs} "
      }''${oldUnitsDir:+--old-units $oldUnitsDir} \
      --new-units "$newUnitsDir"
  '';

  follow =
    if !cfg.startServices then
      followUnits "suggest"
    else if pkgs ? sd-switch then
      sdSwitch
    else
      followUnits "switch";

  reload = ''
    # Within a system that is being started, nothing has set the variable.
    hmRuntimeDir=''${XDG_RUNTIME_DIR:-/run/user/$UID}
    systemdStatus=""
    if [[ -d $hmRuntimeDir/systemd ]] && type -P ${cfg.systemctlPath} > /dev/null; then
      systemdStatus=$(XDG_RUNTIME_DIR=$hmRuntimeDir ${cfg.systemctlPath} --user is-system-running 2>&1 || true)
    fi

    if [[ $systemdStatus == running || $systemdStatus == degraded ]]; then
      if [[ $systemdStatus == degraded ]]; then
        warnEcho "The user systemd session is degraded:"
        XDG_RUNTIME_DIR=$hmRuntimeDir ${cfg.systemctlPath} --user --no-pager --state=failed
        warnEcho "Attempting to reload services anyway..."
      fi

      oldUnitsDir=""
      if [[ -v oldGenPath && -e $oldGenPath/home-files${units} ]]; then
        oldUnitsDir=$oldGenPath/home-files${units}
      fi
      newUnitsDir=$newGenPath/home-files${units}
      if [[ ! -e $newUnitsDir ]]; then
        newUnitsDir=${pkgs.emptyDirectory}
      fi

      env XDG_RUNTIME_DIR="$hmRuntimeDir" PATH="${
        lib.optionalString (lib.hasPrefix "/" cfg.systemctlPath) "${dirOf cfg.systemctlPath}:"
      }$PATH" ${follow}

      unset oldUnitsDir newUnitsDir
    else
      hmIsBrief || echo "User systemd daemon not running. Skipping reload."
    fi
    unset systemdStatus hmRuntimeDir
  '';
in
{
  options.systemd.user = {
    systemctlPath = mkOption {
      type = types.str;
      default = if isEmbedded then "systemctl" else "${pkgs.systemd}/bin/systemctl";
      defaultText = lib.literalExpression ''"''${pkgs.systemd}/bin/systemctl"'';
      description = "The program {command}`systemctl`, which has to suit the running systemd.";
    };

    startServices = mkOption {
      type = types.either types.bool (
        types.enum [
          "suggest"
          "sd-switch"
        ]
      );
      apply = value: if lib.isBool value then value else value == "sd-switch";
      default = true;
      description = ''
        Whether activating the home starts, stops and restarts services: new ones that an active
        target wants are started, removed ones are stopped, and changed ones restarted. Otherwise
        (`false` or `"suggest"`) the commands that would do so are printed.
      '';
    };

    servicesStartTimeoutMs = mkOption {
      type = types.ints.unsigned;
      default = 0;
      description = "How many milliseconds services have to start, or 0 for as long as they need.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.activation.reloadSystemd = lib.hm.dag.entryAfter [ "linkGeneration" ] reload;
    home.internal.systemdBlocks.reloadSystemd = reload;
  };
}
