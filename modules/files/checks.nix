# Mistakes in the files of a home that can be told before anything is built: each with the places that
# define the files in question.
{
  lib,

  # The enabled files by the names of their attributes, and the options that files are defined with.
  files,
  options,

  # What happens to a file whose place a recursive directory has taken.
  overlap,
}:

let
  inherit (import ./targets.nix { inherit lib; }) ancestors normalise;

  placed = map (file: file // { place = normalise file.target; }) (
    lib.mapAttrsToList (name: file: file // { inherit name; }) files
  );

  inside = builtins.filter (file: file.place != null) placed;
  byPlace = builtins.groupBy (file: file.place) inside;

  # The options whose values become entries of `home.file`, by which most people define files.
  kinds = builtins.filter (option: option ? definitionsWithLocations) (
    [ options.home.file ]
    ++ map (name: options.xdg.${name} or { }) [
      "cacheFile"
      "configFile"
      "dataFile"
      "stateFile"
    ]
  );

  # Where a file is defined, without the module that passes on those of `xdg`.
  definedAt =
    file:
    let
      namesIn =
        option:
        builtins.filter (name: option.value.${name}.target == file.target) (
          builtins.attrNames option.value
        );
      placeIn =
        name: def:
        let
          position = builtins.unsafeGetAttrPos name def.value;
        in
        # A name that a function made has its place in that function.
        if position == null || position.file != toString def.file then
          toString def.file
        else
          "${position.file}:${toString position.line}";
      passesOn = def: builtins.match ".*/modules/misc/xdg(/default\\.nix)?" (toString def.file) != null;
      found = lib.concatMap (
        option:
        lib.concatMap (
          name:
          map (placeIn name) (
            builtins.filter (
              def: builtins.isAttrs def.value && def.value ? ${name} && !(passesOn def)
            ) option.definitionsWithLocations
          )
        ) (namesIn option)
      ) kinds;
    in
    builtins.filter (place: place != "<unknown-file>") (lib.unique found);

  shown =
    file:
    let
      places = definedAt file;
    in
    "`${file.target}`"
    + lib.optionalString (places != [ ]) " (defined in ${lib.concatStringsSep " and " places})";

  # A file, and one above it that is a single link or file.
  overlapping = lib.concatMap (
    inner:
    map (outer: { inherit inner outer; }) (
      lib.concatMap (
        ancestor: builtins.filter (outer: !outer.recursive) (byPlace.${ancestor} or [ ])
      ) (ancestors inner.place)
    )
  ) inside;

  # A source that exists without being built.
  exists =
    source:
    let
      text = toString source;
    in
    builtins.all (reference: reference == { path = true; }) (
      builtins.attrValues (builtins.getContext text)
    )
    && builtins.pathExists (builtins.unsafeDiscardStringContext text);

  # A file that a recursive directory above it has, too.
  hidden = lib.concatMap (
    inner:
    map (outer: { inherit inner outer; }) (
      lib.concatMap (
        ancestor:
        builtins.filter (
          outer:
          outer.recursive && exists "${toString outer.source}${lib.removePrefix outer.place inner.place}"
        ) (byPlace.${ancestor} or [ ])
      ) (ancestors inner.place)
    )
  ) (builtins.filter (file: !file.recursive) inside);

  # Files with one place, though their targets are written in different ways.
  same = builtins.filter (
    group: builtins.length (lib.unique (map (file: file.target) group)) > 1
  ) (builtins.attrValues byPlace);

  withTilde = builtins.filter (file: builtins.elem "~" (lib.splitString "/" file.target)) placed;
  absolute = builtins.filter (file: lib.hasPrefix "/" file.target) placed;
  withBoth = builtins.filter (file: file.textIsLost) placed;
in
{
  assertions = map (
    { inner, outer }:
    {
      assertion = false;
      message = ''
        Files overlap: ${shown inner}
        would be inside ${shown outer},
        which is one link. Set `recursive = true` for `${outer.target}`, so that it becomes a directory
        with a link for each file, or leave one of the two out.'';
    }
  ) overlapping;

  warnings =
    lib.optionals (overlap == "ignore") (
      map (
        { inner, outer }:
        "The file ${shown inner} is left out: the recursive directory ${shown outer} has a file in its place."
      ) hidden
    )
    ++ map (
      group:
      "These are one file, and only the first is written: ${
        lib.concatMapStringsSep ", " shown (lib.sortOn (file: lib.stringLength file.target) group)
      }."
    ) same
    ++ map (
      file:
      "The target ${shown file} has a directory that is called `~`, which nothing replaces by the home directory. Targets are relative to it already."
    ) withTilde
    ++ map (
      file:
      "The target ${shown file} is not in the home directory. The file is put at `~${file.target}` instead."
    ) absolute
    ++ map (
      file:
      "The file ${shown file} has a `text` and a `source`, and only the source counts. If that is meant, write `source = lib.mkForce …`."
    ) withBoth;
}
