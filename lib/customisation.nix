# Calling functions with arguments from a set, and overriding those arguments later.
{ lib }:

let
  inherit (builtins)
    attrNames
    filter
    head
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    seq
    unsafeGetAttrPos
    ;
  inherit (lib.attrsets) isDerivation optionalAttrs;
  inherit (lib.fixedPoints) extends;
  inherit (lib.trivial)
    functionArgs
    isFunction
    mirrorFunctionArgs
    setFunctionArgs
    ;

  # Adds attributes to a derivation and to each of its outputs.
  extendDerivation =
    condition: passthru: package:
    let
      guarded = value: {
        drvPath =
          assert condition;
          value.drvPath;
        outPath =
          assert condition;
          value.outPath;
      };

      outputs = map (name: {
        inherit name;
        value =
          common
          // {
            inherit (package.${name}) type outputName;
            outputSpecified = true;
          }
          // guarded package.${name}
          // optionalAttrs (passthru ? overrideAttrs) {
            overrideAttrs = f: (passthru.overrideAttrs f).${name};
          };
      }) (package.outputs or [ "out" ]);

      common =
        package
        // listToAttrs outputs
        // {
          all = map (output: output.value) outputs;
        }
        // passthru
        // guarded package;
    in
    common;

  overrideDerivation =
    package: f:
    let
      passthru = package.passthru or { };
    in
    extendDerivation (seq package.drvPath true) (
      {
        meta = package.meta or { };
        inherit passthru;
      }
      // passthru
    ) (derivation (package.drvAttrs // f package));

  makeOverridable =
    f:
    let
      mirror = mirrorFunctionArgs f;
      call =
        args:
        let
          result = f args;
          override = mirror (
            change: makeOverridable f (args // (if isFunction change then change args else change))
          );
          # The same call with a change of its result.
          changing = change: makeOverridable (mirror (arguments: change (f arguments))) args;
        in
        if isAttrs result then
          result
          // {
            inherit override;
            overrideDerivation = change: changing (package: overrideDerivation package change);
          }
          // optionalAttrs (result ? overrideAttrs) {
            overrideAttrs = change: changing (package: package.overrideAttrs change);
          }
        else if isFunction result then
          setFunctionArgs result (functionArgs result) // { inherit override; }
        else
          result;
    in
    if isAttrs f then
      f
      // mirror call
      // optionalAttrs (f ? override) { override = change: makeOverridable (f.override change); }
    else
      mirror call;

  toFunction = value: if isFunction value then value else import value;

  missingArgument =
    available: wanted: name:
    let
      near = lib.lists.take 3 (
        lib.lists.sortOn (lib.strings.levenshtein name) (
          filter (lib.strings.levenshteinAtMost 2 name) (attrNames available)
        )
      );
      position = unsafeGetAttrPos name wanted;
      place = if position == null then "" else " at ${position.file}:${toString position.line}";
      hint =
        if near == [ ] then "" else ", did you mean ${lib.strings.concatMapStringsSep " or " builtins.toJSON near}?";
    in
    "lib.customisation.callPackageWith: Function called without required argument \"${name}\"${place}${hint}";

  callPackageWith =
    scope: function: args:
    let
      f = toFunction function;
      wanted = functionArgs f;
      given = intersectAttrs wanted scope // args;
      absent = removeAttrs wanted (attrNames given);
      required = filter (name: !absent.${name}) (attrNames absent);
    in
    if required == [ ] then
      makeOverridable f given
    else
      abort (missingArgument (scope // args) wanted (head required));

  callPackagesWith =
    scope: function: args:
    let
      f = toFunction function;
      given = intersectAttrs (functionArgs f) scope // args;
      packages = f given;
      mirror = mirrorFunctionArgs f;
    in
    if isDerivation packages then
      throw "function `callPackages` was called on a *single* derivation \"${packages.name or "<unknown-name>"}\"; did you mean to use `callPackage` instead?"
    else
      mapAttrs (
        name: _package: makeOverridable (mirror (arguments: (f arguments).${name})) given
      ) packages;

  makeScope =
    newScope: f:
    let
      self = {
        callPackage = self.newScope { };
      }
      // f self
      // {
        newScope = scope: newScope (self // scope);
        overrideScope = overlay: makeScope newScope (extends overlay f);
        packages = f;
      };
    in
    self;
in
{
  inherit
    callPackageWith
    callPackagesWith
    extendDerivation
    makeOverridable
    makeScope
    overrideDerivation
    ;
}
