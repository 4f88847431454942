# Formats of sections and keys.
{ lib, pkgs }:

let
  inherit (builtins) isList mapAttrs;
  inherit (lib) generators types;
  inherit (types)
    attrsOf
    bool
    coercedTo
    either
    float
    int
    listOf
    nonEmptyListOf
    nullOr
    oneOf
    str
    ;

  single =
    description:
    nullOr (oneOf [
      bool
      int
      float
      str
    ])
    // {
      inherit description;
    };

  # A single value, and a list of them where the format can write one.
  atomType =
    {
      base,
      listsAsDuplicateKeys,
      listToValue,
      atomsCoercedToLists,
    }:
    let
      orList = if atomsCoercedToLists then coercedTo base lib.singleton else either base;
    in
    if listsAsDuplicateKeys then
      orList (listOf base) // { description = "${base.description} or a list of them for duplicate keys"; }
    else if listToValue != null then
      orList (nonEmptyListOf base) // { description = "${base.description} or a non-empty list of them"; }
    else
      base;

  iniAtom = single "INI atom (null, bool, int, float or string)";

  section =
    atom: attrsOf atom // { description = "section of an INI file (attrs of ${atom.description})"; };

  joinLists =
    listToValue:
    if listToValue == null then
      (set: set)
    else
      mapAttrs (_key: value: if isList value then listToValue value else value);

  # What the two INI formats have in common. `options` are also those of the generator.
  ini =
    build:
    options@{
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      atomsCoercedToLists ? null,
      ...
    }:
    assert listsAsDuplicateKeys -> listToValue == null;
    assert atomsCoercedToLists != null -> (listsAsDuplicateKeys || listToValue != null);
    let
      atom = atomType {
        base = iniAtom;
        inherit listsAsDuplicateKeys listToValue;
        atomsCoercedToLists = atomsCoercedToLists == true;
      };
    in
    {
      lib.types.atom = atom;
    }
    // build {
      inherit atom;
      join = joinLists listToValue;
      generatorOptions = removeAttrs options [
        "listToValue"
        "atomsCoercedToLists"
      ];
    };

  iniFormat = ini (
    {
      atom,
      join,
      generatorOptions,
    }:
    {
      type = attrsOf (section atom);
      generate =
        name: value:
        pkgs.writeText name (generators.toINI generatorOptions (mapAttrs (_section: join) value));
    }
  );

  javaProperties = import ./java-properties.nix { inherit lib pkgs; };
in
{
  inherit javaProperties;

  ini = iniFormat;

  iniWithGlobalSection = ini (
    {
      atom,
      join,
      generatorOptions,
    }:
    {
      type = types.submodule {
        options = {
          sections = lib.mkOption rec {
            type = attrsOf (section atom);
            default = { };
            description = type.description;
          };
          globalSection = lib.mkOption rec {
            type = section atom;
            default = { };
            description = "global ${type.description}";
          };
        };
      };
      generate =
        name:
        {
          sections ? { },
          globalSection ? { },
          ...
        }:
        pkgs.writeText name (
          generators.toINIWithGlobalSection generatorOptions {
            globalSection = join globalSection;
            sections = mapAttrs (_section: join) sections;
          }
        );
    }
  );

  gitIni =
    {
      listsAsDuplicateKeys ? false,
      ...
    }:
    let
      atom = atomType {
        base = iniAtom;
        inherit listsAsDuplicateKeys;
        listToValue = null;
        atomsCoercedToLists = false;
      };
    in
    {
      type = attrsOf (attrsOf (either atom (attrsOf atom)));
      lib.types.atom = atom;
      generate = name: value: pkgs.writeText name (generators.toGitINI value);
    };

  # The syntax of unit files. A null is written as a comment.
  systemd = iniFormat {
    listsAsDuplicateKeys = true;
    mkKeyValue =
      key: value:
      if value == null then
        "# ${key} is unset"
      else
        "${key} = ${generators.mkValueStringDefault { } value}";
  };

  keyValue =
    options@{
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      ...
    }:
    assert listsAsDuplicateKeys -> listToValue == null;
    let
      atom = atomType {
        base = single "atom (null, bool, int, float or string)";
        inherit listsAsDuplicateKeys listToValue;
        atomsCoercedToLists = true;
      };
      toText = generators.toKeyValue (removeAttrs options [ "listToValue" ]);
    in
    {
      type = attrsOf atom;
      generate = name: value: pkgs.writeText name (toText (joinLists listToValue value));
    };
}
