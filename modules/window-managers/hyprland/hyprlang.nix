# The configuration of Hyprland in its own language.
{
  cfg,
  lib,
  shared,
}:

let
  inherit (lib) optionalString;

  importantPrefixes = cfg.importantPrefixes ++ lib.optional cfg.sourceFirst "source";

  hyprconf = attrs: lib.hm.generators.toHyprconf { inherit attrs importantPrefixes; };

  # Only texts are bindings in this language.
  bindings =
    submap:
    lib.filterAttrs (_name: lines: lines != [ ]) (
      lib.mapAttrs (_name: lib.filter lib.isString) submap.settings
    );

  submaps = lib.filterAttrs (_name: submap: bindings submap != { }) cfg.submaps;

  submapText = name: submap: ''
    submap = ${name}${optionalString (submap.onDispatch != "") ", ${submap.onDispatch}"}
    ${lib.hm.generators.toHyprconf { attrs = bindings submap; }}submap = reset
  '';
in
{
  isWritten =
    cfg.systemd.enable
    || cfg.extraConfig != ""
    || cfg.settings != { }
    || cfg.plugins != [ ]
    || submaps != { };

  text =
    optionalString cfg.systemd.enable ''
      exec-once = ${shared.startSession}
      exec-shutdown = systemctl --user stop hyprland-session.target
    ''
    + optionalString (cfg.plugins != [ ]) (hyprconf {
      exec-once = map (plugin: "hyprctl plugin load ${shared.pluginPath plugin}") cfg.plugins;
    })
    + optionalString (cfg.settings != { }) (hyprconf cfg.settings)
    + lib.concatStringsSep "\n" (lib.mapAttrsToList submapText submaps)
    + cfg.extraConfig;
}
