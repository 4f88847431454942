# What a configuration must hold to, and what its user should hear.
{ lib, ... }:

let
  inherit (lib) mkOption types;
in
{
  options = {
    assertions = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      internal = true;
      example = [
        {
          assertion = false;
          message = "this never holds";
        }
      ];
      description = "Conditions without which the configuration is refused, with the reason.";
    };

    warnings = mkOption {
      type = types.listOf types.str;
      default = [ ];
      internal = true;
      example = [ "this option will go" ];
      description = "What is said when the configuration is evaluated.";
    };

    meta = {
      maintainers = mkOption {
        type = types.listOf types.raw;
        default = [ ];
        internal = true;
        description = "Who looks after a module.";
      };
      doc = mkOption {
        type = types.raw;
        default = null;
        internal = true;
        description = "More about a module.";
      };
    };
  };
}
