# What a package says about itself.
{ lib }:

let
  inherit (builtins)
    any
    isString
    mapAttrs
    match
    typeOf
    ;
  inherit (lib) assertMsg;
  inherit (lib.attrsets) isDerivation matchAttrs;

  addMetaAttrs =
    more: package:
    if package ? overrideAttrs then
      package.overrideAttrs (old: {
        meta = (old.meta or { }) // more;
      })
    else
      package // { meta = (package.meta or { }) // more; };

  setPrio = priority: addMetaAttrs { inherit priority; };
  lowPrio = setPrio 10;
  hiPrio = setPrio (-10);

  mapDerivationAttrset =
    f: mapAttrs (_name: value: if isDerivation value then f value else value);

  updateName = f: package: package // { name = f package.name; };

  platformMatch =
    platform: pattern:
    if isString pattern then
      platform ? system && platform.system == pattern
    else
      matchAttrs (if pattern ? parsed then pattern else { parsed = pattern; }) platform;

  getExe' =
    package: program:
    assert assertMsg (isDerivation package)
      "lib.meta.getExe': The first argument is of type ${typeOf package}, but it should be a derivation instead.";
    assert assertMsg (isString program)
      "lib.meta.getExe': The second argument is of type ${typeOf program}, but it should be a string instead.";
    assert assertMsg (match ".*/.*" program == null)
      "lib.meta.getExe': The second argument \"${program}\" is a nested path with a \"/\" character, but it should just be the name of the executable instead.";
    "${lib.attrsets.getBin package}/bin/${program}";
in
{
  inherit
    addMetaAttrs
    getExe'
    hiPrio
    lowPrio
    mapDerivationAttrset
    platformMatch
    setPrio
    updateName
    ;

  defaultPriority = 5;
  hiPrioSet = mapDerivationAttrset hiPrio;
  lowPrioSet = mapDerivationAttrset lowPrio;

  dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };
  setName = name: package: package // { inherit name; };
  appendToName =
    suffix:
    updateName (
      name:
      let
        parsed = builtins.parseDrvName name;
      in
      "${parsed.name}-${suffix}-${parsed.version}"
    );

  availableOn =
    platform: package:
    (!(package ? meta.platforms) || any (platformMatch platform) package.meta.platforms)
    && !(package ? meta.badPlatforms && any (platformMatch platform) package.meta.badPlatforms);

  # The path of a package's main program.
  getExe =
    package:
    getExe' package (
      package.meta.mainProgram or (lib.trivial.warn
        "getExe: Package ${
          lib.strings.escapeNixIdentifier (package.meta.name or package.pname or package.name)
        } does not have the meta.mainProgram attribute. Its name is taken for that of the program; if that is wrong, use `lib.getExe' package \"program\"`."
        lib.strings.getName
        package
      )
    );
}
