{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.dbus.packages = lib.mkOption {
    type = lib.types.listOf lib.types.package;
    default = [ ];
    description = ''
      Packages whose services, in {file}`share/dbus-1/services`, the session bus of the user
      can start.
    '';
  };

  config.xdg.dataFile = lib.mkIf (config.dbus.packages != [ ]) {
    "dbus-1/services" = {
      recursive = true;
      source = pkgs.symlinkJoin {
        name = "user-dbus-services";
        paths = config.dbus.packages;
        stripPrefix = "/share/dbus-1/services";
      };
    };
  };
}
