{ lib }:

let
  inherit (builtins) mapAttrs;
  inherit (lib.attrsets) genAttrs;

  # A package every use of which warns, except for looking at its name and description.
  warnOnInstantiate =
    message: package:
    package
    // mapAttrs (_name: lib.trivial.warn message) (
      removeAttrs package [
        "meta"
        "name"
        "type"
        "outputName"
      ]
    )
    // lib.attrsets.optionalAttrs (builtins.isFunction (package.overrideAttrs or null)) {
      overrideAttrs = f: warnOnInstantiate message (package.overrideAttrs f);
    };
in
{
  inherit (builtins) addDrvOutputDependencies unsafeDiscardOutputDependency;
  inherit warnOnInstantiate;

  # A derivation whose outputs are known before it is evaluated.
  lazyDerivation =
    args@{
      derivation,
      meta ? null,
      passthru ? { },
      outputs ? [ "out" ],
    }:
    let
      checked =
        if derivation.type or null != "derivation" then
          throw "lazyDerivation: input must be a derivation."
        else if derivation.outputs != outputs then
          throw "lib.lazyDerivation: The derivation ${derivation.name or "<unknown>"} has the outputs ${toString derivation.outputs}, but ${toString outputs} were announced."
        else
          derivation;
    in
    {
      type = "derivation";
      inherit (checked)
        outPath
        outputName
        drvPath
        name
        system
        ;
      inherit outputs;
      meta = args.meta or checked.meta;
    }
    // genAttrs outputs (output: checked.${output})
    // passthru;

  # Leaves an attribute of a derivation out without changing its hash.
  optionalDrvAttr = condition: value: if condition then value else null;
}
