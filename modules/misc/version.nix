# The release, and the release that a home began with.
{ lib, config, ... }:

let
  inherit (lib) mkOption types;
  release = "26.11";
in
{
  options.home = {
    stateVersion = mkOption {
      type = types.enum [
        "18.09"
        "19.03"
        "19.09"
        "20.03"
        "20.09"
        "21.03"
        "21.05"
        "21.11"
        "22.05"
        "22.11"
        "23.05"
        "23.11"
        "24.05"
        "24.11"
        "25.05"
        "25.11"
        "26.05"
        "26.11"
      ];
      description = ''
        The release with which this home began. Defaults that changed since then keep their old
        value, so that an update does not change a home by itself. Leave it as it is.
      '';
    };

    version = {
      full = mkOption {
        internal = true;
        readOnly = true;
        type = types.str;
        default = config.home.version.release;
        description = "The release with what comes after its number.";
      };
      release = mkOption {
        internal = true;
        readOnly = true;
        type = types.str;
        default = release;
        description = "The release.";
      };
      isReleaseBranch = mkOption {
        internal = true;
        readOnly = true;
        type = types.bool;
        default = false;
        description = "Whether this is a stable release.";
      };
    };
  };
}
