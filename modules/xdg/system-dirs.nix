# Directories of the system that the session looks in as well.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.xdg.systemDirs;

  list =
    variable:
    lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "/usr/share" ];
      description = "Directories that come first in ${variable}.";
    };

  extend = variable: directories: {
    ${variable} = "${lib.concatStringsSep ":" directories}\${${variable}:+:\$${variable}}";
  };

  variables =
    lib.optionalAttrs (cfg.config != [ ]) (extend "XDG_CONFIG_DIRS" cfg.config)
    // lib.optionalAttrs (cfg.data != [ ]) (extend "XDG_DATA_DIRS" cfg.data);
in
{
  options.xdg.systemDirs = {
    config = list "XDG_CONFIG_DIRS";
    data = list "XDG_DATA_DIRS";
  };

  config = lib.mkIf (variables != { }) {
    assertions = [ (lib.hm.assertions.assertPlatform "xdg.systemDirs" pkgs lib.platforms.linux) ];
    home.sessionVariables = variables;
    systemd.user.sessionVariables = variables;
  };
}
