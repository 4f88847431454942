# What every set of modules has: conditions and warnings about the configuration, and facts
# about the modules themselves.
{ lib, ... }:

let
  inherit (lib) mkOption types;

  internalList =
    type: description:
    mkOption {
      type = types.listOf type;
      default = [ ];
      internal = true;
      inherit description;
    };
in
{
  options = {
    assertions = internalList types.unspecified "Conditions that the configuration has to meet.";
    warnings = internalList types.str "Messages that are shown whenever the home is built.";

    meta = {
      maintainers = internalList types.raw "Who looks after a module.";
      teams = internalList types.raw "Which teams look after a module.";
      doc = mkOption {
        type = types.raw;
        default = null;
        internal = true;
        description = "A chapter about a module.";
      };
      buildDocsInSandbox = mkOption {
        type = types.bool;
        default = true;
        internal = true;
        description = "Whether the documentation of a module can be built without the configuration.";
      };
    };
  };
}
