# What both languages of Hyprland's configuration need.
{
  cfg,
  lib,
  pkgs,
}:

{
  # Passes the variables on to systemd, and starts the target of the session.
  startSession = lib.concatStringsSep " " (
    [
      "${
        lib.hm.options.binPath (pkgs.dbus or null) "dbus-update-activation-environment"
      } --systemd ${lib.concatStringsSep " " cfg.systemd.variables}"
    ]
    ++ map (command: "&& ${command}") cfg.systemd.extraCommands
  );

  # The library of a plugin, which may be a package.
  pluginPath =
    plugin: if lib.types.package.check plugin then "${plugin}/lib/lib${plugin.pname}.so" else plugin;
}
