{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.home;

  internal =
    arguments:
    mkOption (
      {
        internal = true;
        readOnly = true;
      }
      // arguments
    );

  libRelease = lib.trivial.release;
  pkgsRelease = pkgs.lib.trivial.release;

  # The embedded packages belong to this version, whichever it is.
  isMismatch =
    !(pkgs.isHomeManagerEmbedded or false)
    && (cfg.version.release != libRelease || cfg.version.release != pkgsRelease);

  releases =
    if libRelease == pkgsRelease then
      ''
        Home Manager version ${cfg.version.release} and
        Nixpkgs version ${libRelease}.''
    else
      ''
        Home Manager version: ${cfg.version.release}
        Nixpkgs version used to evaluate Home Manager: ${libRelease}
        Nixpkgs version used for packages (`pkgs`): ${pkgsRelease}'';
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
        The release whose defaults this configuration relies on. Newer releases change some
        defaults only for configurations that say that they are as new, so that files already
        in the home keep their place and format. Raise it after reading what changed.
      '';
    };

    version = {
      full = internal {
        type = types.str;
        default =
          cfg.version.release
          + lib.optionalString (cfg.version.revision != null) "+${lib.substring 0 8 cfg.version.revision}";
        example = "26.11+213a0629";
        description = "The version, as precise as it is known.";
      };

      release = internal {
        type = types.str;
        default = "26.11";
        description = "The release of Home Manager whose options these are.";
      };

      isReleaseBranch = internal {
        type = types.bool;
        default = false;
        description = "Whether the release has been made.";
      };

      revision = mkOption {
        internal = true;
        type = types.nullOr types.str;
        default = null;
        description = "The revision of the source, where that is known.";
      };
    };

    enableNixpkgsReleaseCheck = mkOption {
      type = types.bool;
      default = true;
      description = "Whether to warn if nixpkgs is of another release than Home Manager.";
    };
  };

  config.warnings = lib.optional (cfg.enableNixpkgsReleaseCheck && isMismatch) ''
    You are using

      ${lib.replaceStrings [ "\n" ] [ "\n  " ] releases}

    Using mismatched versions is likely to cause errors and unexpected
    behavior. It is therefore highly recommended to use a release of Home
    Manager that corresponds with your chosen release of Nixpkgs.

    If you insist then you can disable this warning by adding

      home.enableNixpkgsReleaseCheck = false;

    to your configuration.
  '';
}
