# Units as files below the user's configuration directory.
{ lib, pkgs }:

let
  text = lib.generators.toINI {
    listsAsDuplicateKeys = true;
    mkKeyValue =
      key: value: "${key}=${if lib.isBool value then lib.boolToString value else toString value}";
  };

  # systemd splits the text at blanks. Where only the first word assigns something, the others are a
  # part of its value, and quotes keep them together.
  assignment =
    given:
    let
      text = toString given;
      words = lib.filter (word: word != "") (lib.splitString " " text);
      assigns = word: builtins.match "[A-Za-z_][A-Za-z0-9_]*=.*" word != null;
    in
    if
      builtins.match "[^\"'\\\\]*" text != null
      && words != [ ]
      && assigns (lib.head words)
      && lib.any (word: !(assigns word)) (lib.tail words)
    then
      "\"${text}\""
    else
      given;

  withWholeAssignments =
    unit:
    unit
    // lib.optionalAttrs (unit ? Service.Environment) {
      Service = unit.Service // {
        Environment =
          if lib.isList unit.Service.Environment then
            map assignment unit.Service.Environment
          else
            assignment unit.Service.Environment;
      };
    };

  isSet = value: value != null && value != [ ];

  # A section all of whose keys are unset is left out.
  setSections =
    unit:
    lib.filterAttrs (_section: keys: keys != { }) (
      lib.mapAttrs (_section: lib.filterAttrs (_key: isSet)) unit
    );

  # Characters that are fine in the name of a unit, but not of a store path.
  storeName = lib.replaceStrings [ "@" ":" "\\" "[" "]" ] [ "-" "-" "-" "" "" ];

  files =
    kind: name: unit:
    let
      fileName = "${name}.${kind}";

      # systemd reads a unit's name from the file that its link leads to in the end.
      source = "${
        pkgs.writeTextFile {
          name = storeName fileName;
          destination = "/${fileName}";
          text = text (setSections (withWholeAssignments unit));
        }
      }/${fileName}";

      at = directory: {
        name = "systemd/user/${directory}${fileName}";
        value = { inherit source; };
      };
    in
    [ (at "") ]
    ++ map (target: at "${target}.wants/") (lib.toList (unit.Install.WantedBy or [ ]))
    ++ map (target: at "${target}.requires/") (lib.toList (unit.Install.RequiredBy or [ ]));
in
{
  # Names and values for `xdg.configFile`.
  ofKind = kind: units: lib.concatLists (lib.mapAttrsToList (files kind) units);
}
