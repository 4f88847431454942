{
  cfg,
  config,
  lib,
  option,
  types,
  ...
}:

let
  valueText =
    value:
    if lib.isBool value then
      lib.boolToString value
    else if lib.isList value then
      lib.concatMapStringsSep "," valueText value
    else
      toString value;

  lines =
    prefix: values:
    lib.concatStringsSep "\n" (
      lib.mapAttrsToList (
        name: value:
        if lib.isAttrs value then
          lines "${prefix}${name}." value
        else
          "${prefix}${name}=${valueText value}"
      ) values
    );

  ours = "${config.xdg.configHome}/task/home-manager-taskrc";
  theirs = "${config.xdg.configHome}/task/taskrc";
in
{
  title = "Taskwarrior, a list of tasks";
  docs = "https://taskwarrior.org/docs/configuration/";
  package = "taskwarrior2";
  packageOption.example = "pkgs.taskwarrior3";

  options = {
    config = option (types.attrsOf types.anything) { } "Settings. See {manpage}`taskrc(5)`, <https://taskwarrior.org/docs/configuration/>." // {
      example = {
        confirmation = false;
        report.minimal.filter = "status:pending";
      };
    };

    dataLocation = option types.str "${config.xdg.dataHome}/task" "Directory of the tasks." // {
      defaultText = "$XDG_DATA_HOME/task";
    };

    colorTheme = option (types.nullOr (types.either types.str types.path)) null "Theme: its name or its file." // {
      example = "dark-blue-256";
    };

    extraConfig = option types.lines "" "Further lines of the configuration.";
  };

  config = {
    home.file.${ours}.text = ''
      data.location=${cfg.dataLocation}
      ${lib.optionalString (cfg.colorTheme != null) (
        if lib.isString cfg.colorTheme then
          "include ${cfg.colorTheme}.theme"
        else
          "include ${cfg.colorTheme}"
      )}

      ${lines "" cfg.config}

      ${cfg.extraConfig}
    '';

    # Taskwarrior writes its own file, which therefore includes this one.
    home.activation.regenDotTaskRc = lib.hm.dag.entryAfter [ "writeBoundary" ] ''
      verboseEcho "Ensuring generated taskwarrior config included in taskrc"

      if [[ ! -s "${theirs}" ]]; then
        # Ensure file's existence
        if [[ -v DRY_RUN ]]; then
          run echo "include ${ours}" ">" "${theirs}"
        else
          echo "include ${ours}" > "${theirs}"
        fi
      elif ! grep -qF "include ${ours}" ${lib.escapeShellArg theirs}; then
        # Add include statement for Home Manager generated config.
        run sed -i '1i include ${ours}' ${lib.escapeShellArg theirs}
      fi
    '';
  };
}
