# From units as settings to files below `~/.config/systemd/user`.
{ lib, pkgs }:

let
  inherit (builtins) isBool listToAttrs;

  toUnit = lib.generators.toINI {
    listsAsDuplicateKeys = true;
    mkKeyValue =
      key: value: "${key}=${if isBool value then lib.boolToString value else toString value}";
  };

  # Unset keys are left out, and then empty sections.
  clean =
    unit:
    lib.filterAttrs (_section: keys: keys != { }) (
      lib.mapAttrs (_section: lib.filterAttrs (_key: value: value != null && value != [ ])) unit
    );

  safeName = lib.replaceStrings [ "@" ":" "\\" "[" "]" ] [ "-" "-" "-" "" "" ];

  ofUnit =
    kind: name: unit:
    let
      fileName = "${name}.${kind}";
      # systemd names a unit after what the last link points to.
      source =
        pkgs.writeTextFile {
          name = safeName fileName;
          destination = "/${fileName}";
          text = toUnit (clean unit);
        }
        + "/${fileName}";
      at = place: {
        name = "systemd/user/${place}${fileName}";
        value = { inherit source; };
      };
      inTargets = suffix: map (target: at "${target}.${suffix}/");
    in
    [ (at "") ]
    ++ inTargets "wants" (unit.Install.WantedBy or [ ])
    ++ inTargets "requires" (unit.Install.RequiredBy or [ ]);
in
{
  unitFiles = kind: units: listToAttrs (lib.concatLists (lib.mapAttrsToList (ofUnit kind) units));
}
