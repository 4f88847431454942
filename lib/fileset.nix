# Sets of files, by which a source takes only some files of a directory. A set is known by the paths
# of its files; the path of a directory stands for all files below it.
{ lib }:

let
  inherit (builtins)
    attrNames
    concatMap
    intersectAttrs
    isPath
    listToAttrs
    pathExists
    readDir
    readFileType
    removeAttrs
    stringLength
    substring
    ;

  isSet = value: value._type or null == "fileset";

  make = files: {
    _type = "fileset";
    inherit files;
  };

  # The files below a directory, or the file itself, by their paths.
  filesBelow =
    path: type:
    if type == "directory" then
      let
        entries = readDir path;
      in
      concatMap (name: filesBelow (path + "/${name}") entries.${name}) (attrNames entries)
    else
      [
        {
          name = toString path;
          value = path;
        }
      ];

  # The set that an argument stands for; `what` is how messages call the argument.
  coerce =
    what: value:
    if isSet value then
      value
    else if value ? _isLibCleanSourceWith then
      throw "lib.fileset.${what} is a source of `lib.sources`. Convert it with `lib.fileset.fromSource`."
    else if !(isPath value) then
      throw "lib.fileset.${what} is of type ${builtins.typeOf value}, but it should be a file set or a path."
    else if !(pathExists value) then
      throw "lib.fileset.${what} (${toString value}) does not exist. Make the path a set that may be empty with `lib.fileset.maybeMissing`."
    else
      make (listToAttrs (filesBelow value (readFileType value)));

  union =
    first: second:
    make ((coerce "union: The first argument" first).files // (coerce "union: The second argument" second).files);

  # The directories above the files, below `root`.
  directoriesOf =
    root: files:
    let
      above =
        found: path:
        let
          parent = dirOf path;
        in
        if found ? ${parent} || stringLength parent <= stringLength root then
          found
        else
          above (found // { ${parent} = true; }) parent;
    in
    builtins.foldl' above { } (attrNames files);

  isBelow = root: path: path == root || lib.strings.hasPrefix "${root}/" path;
in
{
  inherit union;

  unions =
    sets:
    make (
      lib.attrsets.mergeAttrsList (
        lib.lists.imap0 (index: set: (coerce "unions: Element ${toString index}" set).files) sets
      )
    );

  intersection =
    first: second:
    make (
      intersectAttrs (coerce "intersection: The second argument" second).files
        (coerce "intersection: The first argument" first).files
    );

  # The files of the first set that the second does not have.
  difference =
    positive: negative:
    make (
      removeAttrs (coerce "difference: The first argument" positive).files (
        attrNames (coerce "difference: The second argument" negative).files
      )
    );

  # The files below a path for which the predicate holds. It takes `{ name; type; hasExt; }`.
  fileFilter =
    predicate: path:
    if isSet path then
      throw "lib.fileset.fileFilter: The second argument is a file set, but it should be a path. Filter a set with `intersection`."
    else
      make (
        lib.attrsets.filterAttrs (
          text: file:
          let
            name = baseNameOf text;
          in
          predicate {
            inherit name;
            type = readFileType file;
            hasExt = extension: lib.strings.hasSuffix ".${extension}" name;
          }
        ) (coerce "fileFilter: The second argument" path).files
      );

  maybeMissing =
    path: if pathExists path then coerce "maybeMissing: The argument" path else make { };

  # The files that a source of `lib.sources` takes.
  fromSource =
    source:
    let
      root = source.origSrc or source;
      filter = source.filter or (_path: _type: true);
      taken =
        path: type:
        if type == "directory" then
          let
            entries = readDir path;
          in
          concatMap (
            name:
            let
              below = path + "/${name}";
            in
            if filter (toString below) entries.${name} then taken below entries.${name} else [ ]
          ) (attrNames entries)
        else
          filesBelow path type;
    in
    if pathExists root then
      make (listToAttrs (taken root (readFileType root)))
    else
      throw "lib.fileset.fromSource: The source (${toString root}) does not exist.";

  gitTracked = path: lib.fileset.gitTrackedWith { } path;

  gitTrackedWith =
    {
      recurseSubmodules ? false,
    }:
    path:
    let
      tracked = builtins.fetchGit {
        url = path;
        submodules = recurseSubmodules;
        shallow = true;
      };
      length = stringLength "${tracked}";
      place = file: path + substring length (-1) file.name;
    in
    make (
      listToAttrs (
        map (file: {
          name = toString (place file);
          value = place file;
        }) (filesBelow (/. + builtins.unsafeDiscardStringContext "${tracked}") "directory")
      )
    );

  toList = set: builtins.attrValues (coerce "toList: The argument" set).files;

  # A source with the files of the set, at their places below `root`.
  toSource =
    { root, fileset }:
    let
      inherit (coerce "toSource: `fileset`" fileset) files;
      top = toString root;
      outside = builtins.filter (path: !(isBelow top path)) (attrNames files);
      directories = directoriesOf top files;
    in
    if !(isPath root) then
      throw "lib.fileset.toSource: `root` is of type ${builtins.typeOf root}, but it should be a path."
    else if !(pathExists root) then
      throw "lib.fileset.toSource: `root` (${top}) does not exist."
    else if readFileType root != "directory" then
      throw "lib.fileset.toSource: `root` (${top}) is a file, but it should be a directory."
    else if outside != [ ] then
      throw "lib.fileset.toSource: `fileset` has files that are not below `root` (${top}), such as ${builtins.head outside}."
    else
      lib.sources.cleanSourceWith {
        name = "source";
        src = root;
        filter = path: type: if type == "directory" then directories ? ${path} else files ? ${path};
      };

  trace =
    set: value:
    builtins.trace (lib.strings.concatLines (attrNames (coerce "trace: The argument" set).files)) value;
  traceVal = set: lib.fileset.trace set set;

  empty = make { };
}
