# Brings the running units up to date after the files have changed.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.systemd.user;
  unitsBelowHome = "${lib.removePrefix config.home.homeDirectory config.xdg.configHome}/systemd/user";
  hasSwitch = !(pkgs.isHomeManagerEmbedded or false) && pkgs ? sd-switch;

  withSwitch = ''
    ${lib.getExe pkgs.sd-switch} \
      ''${DRY_RUN:+--dry-run} $VERBOSE_ARG \
      ${lib.optionalString (cfg.servicesStartTimeoutMs != 0) "--timeout ${toString cfg.servicesStartTimeoutMs}"} \
      ''${_hmOldUnits:+--old-units "$_hmOldUnits"} \
      --new-units "$_hmNewUnits"
  '';

  own = ''
    ${builtins.readFile ./switch-units.sh}
    _hmSwitchUnits "$_hmOldUnits" "$_hmNewUnits" ${if cfg.startServices then "apply" else "suggest"}
  '';
in
{
  config = lib.mkIf cfg.enable {
    home.activation.reloadSystemd = lib.hm.dag.entryAfter [ "linkGeneration" ] ''
      _hmSystemctl=${lib.escapeShellArg cfg.systemctlPath}
      _hmStatus=
      if type -P "$_hmSystemctl" >/dev/null; then
        if [[ -z ''${XDG_RUNTIME_DIR-} && -d /run/user/$UID ]]; then
          export XDG_RUNTIME_DIR=/run/user/$UID
        fi
        if [[ -n ''${XDG_RUNTIME_DIR-} && -S $XDG_RUNTIME_DIR/systemd/private ]]; then
          _hmStatus=$("$_hmSystemctl" --user is-system-running 2>&1 || true)
        fi
      fi
      if [[ $_hmStatus = running || $_hmStatus = degraded ]]; then
        if [[ $_hmStatus = degraded ]]; then
          warnEcho "The user systemd session is degraded:"
          "$_hmSystemctl" --user --no-pager --state=failed
          warnEcho "Attempting to reload services anyway..."
        fi
        _hmOldUnits=
        if [[ -v oldGenPath && -e $oldGenPath/home-files${unitsBelowHome} ]]; then
          _hmOldUnits=$oldGenPath/home-files${unitsBelowHome}
        fi
        _hmNewUnits=$newGenPath/home-files${unitsBelowHome}
        ${if hasSwitch && cfg.startServices then withSwitch else own}
      else
        echo "User systemd daemon not running. Skipping reload."
      fi
    '';
  };
}
