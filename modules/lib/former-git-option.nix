# For the programs that were once turned on with `programs.git.NAME.enable`, which turned
# their use by git on too. The option is renamed to `programs.NAME.enable`; whoever still has
# the old name keeps the use by git, and is told to ask for it.
{
  lib,
  options,
  name,
  # Path of the option for the use by git, below `programs.NAME`.
  integration ? [ "enableGitIntegration" ],
}:

let
  # Lower than any other, but for the default of an option: so that it can be told that
  # nobody else set it.
  automaticPriority = 1490;

  oldOption = lib.attrByPath [ "programs" "git" name "enable" ] { isDefined = false; } options;
  newPath = [
    "programs"
    name
  ]
  ++ integration;
  newName = lib.concatStringsSep "." newPath;
in
{
  # Value for the option of the integration.
  integration = lib.mkIf (oldOption.isDefined && oldOption.files != [ ]) (
    lib.mkOverride automaticPriority true
  );

  # To be used if the integration is on.
  warnings = lib.optional (
    (lib.getAttrFromPath newPath options).highestPrio == automaticPriority
  ) "`${newName}` automatic enablement is deprecated. Please explicitly set `${newName} = true`.";
}
