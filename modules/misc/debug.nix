{ config, lib, ... }:

{
  options.home.enableDebugInfo = lib.mkOption {
    type = lib.types.bool;
    default = false;
    example = true;
    description = ''
      Whether to install the debugging symbols of packages that have them, and to tell
      {command}`gdb` where they are.
    '';
  };

  config.home = lib.mkIf config.home.enableDebugInfo {
    extraOutputsToInstall = [ "debug" ];
    sessionSearchVariables.NIX_DEBUG_INFO_DIRS = [ "${config.home.profileDirectory}/lib/debug" ];
  };
}
