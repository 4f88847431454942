# Settings of KDE's programs, which rewrite their files: they are set with KDE's own tool.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  tool = lib.hm.options.binPath;

  inherit (lib) types;

  cfg = config.qt.kde.settings;

  value =
    types.nullOr (
      types.oneOf [
        types.bool
        types.int
        types.float
        types.str
        types.path
        (types.attrsOf value)
      ]
    )
    // {
      description = "KDE option value";
    };

  valueArguments =
    value:
    if value == null then
      "--delete"
    else if lib.isBool value then
      "--type bool -- ${lib.boolToString value}"
    else
      "-- ${lib.escapeShellArg (toString value)}";

  # One command for each key. The groups that it is in come before it.
  commands =
    file: groups:
    lib.mapAttrsToList (
      name: value:
      if lib.isAttrs value then
        commands file (groups ++ [ name ]) value
      else
        "run ${tool (pkgs.kdePackages.kconfig or null) "kwriteconfig6"} --file '${config.xdg.configHome}/${file}' ${
          lib.concatMapStringsSep " " (group: "--group ${lib.escapeShellArg group}") groups
        } --key ${lib.escapeShellArg name} ${valueArguments value}"
    );
in
{
  options.qt.kde.settings = lib.mkOption {
    type = types.attrsOf value;
    default = { };
    example.powermanagementprofilesrc.AC.HandleButtonEvents.lidAction = 32;
    description = ''
      Settings of KDE's programs, by file below {file}`$XDG_CONFIG_HOME`, group and key. Null deletes a
      key. What is not named here stays as it is.
    '';
  };

  config = lib.mkIf (cfg != { }) {
    home.activation.kconfig = lib.hm.dag.entryAfter [ "writeBoundary" ] ''
      ${lib.concatStringsSep "\n" (
        lib.flatten (lib.mapAttrsToList (file: groups: commands file [ ] groups) cfg)
      )}

      # Those that run are told, as far as they are there.
      run ${tool (pkgs.kdePackages.qttools or null) "qdbus"} org.kde.KWin /KWin reconfigure || echo "KWin reconfigure failed"
      for changeType in {0..10}; do
        run ${tool (pkgs.dbus or null) "dbus-send"} /KGlobalSettings org.kde.KGlobalSettings.notifyChange int32:$changeType int32:0 || echo "KGlobalSettings.notifyChange $changeType failed"
      done
    '';
  };
}
