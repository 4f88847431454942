# Source trees with parts left out.
{ lib }:

let
  inherit (builtins)
    any
    elem
    filter
    head
    isString
    match
    pathExists
    split
    ;
  inherit (lib.filesystem) pathIsRegularFile;
  inherit (lib.strings)
    fileContents
    hasPrefix
    hasSuffix
    removePrefix
    removeSuffix
    ;

  # A source is a path, or the result of an earlier filter, which is built upon.
  parts =
    source:
    if source ? _isLibCleanSourceWith then
      { inherit (source) origSrc filter name; }
    else
      {
        origSrc = source;
        filter = _path: _type: true;
        name = "source";
      };

  make = source: {
    _isLibCleanSourceWith = true;
    inherit (source) origSrc filter name;
    outPath = builtins.path {
      path = source.origSrc;
      inherit (source) filter name;
    };
  };

  cleanSourceWith =
    {
      src,
      filter ? (_path: _type: true),
      name ? null,
    }:
    let
      original = parts src;
    in
    make {
      inherit (original) origSrc;
      filter = path: type: filter path type && original.filter path type;
      name = if name == null then original.name else name;
    };

  versionControl = [
    ".svn"
    "CVS"
    ".hg"
    ".jj"
    ".pijul"
    "_darcs"
  ];

  # Leaves out the files of version control, editors' backups, objects and result links.
  cleanSourceFilter =
    path: type:
    let
      name = baseNameOf path;
    in
    !(
      name == ".git"
      || (type == "directory" && elem name versionControl)
      || hasSuffix "~" name
      || match "(\\..*)?\\.sw[a-z]" name != null
      || hasSuffix ".o" name
      || hasSuffix ".so" name
      || (type == "symlink" && hasPrefix "result" name)
      || type == "unknown"
    );

  absolute = base: path: if hasPrefix "/" path then path else "${base}/${path}";

  # The commit that a repository's HEAD names, as `{ value; }` or `{ error; }`.
  commitOf =
    let
      read =
        reference: directory:
        let
          file = directory + "/${reference}";
          packed = directory + "/packed-refs";
          content = fileContents file;
          target = match "ref: (.*)" content;
          packedCommits = filter (line: line != null) (
            map (line: if isString line then match "([a-z0-9]+) ${reference}" line else null) (
              split "\n" (builtins.readFile packed)
            )
          );
        in
        if pathIsRegularFile directory then
          fromLinkFile reference directory
        else if pathIsRegularFile file then
          if target == null then { value = content; } else read (head target) directory
        else if !(pathIsRegularFile packed) then
          { error = "Not a .git directory: ${toString directory}"; }
        else if packedCommits == [ ] then
          { error = "Could not find ${reference} in ${toString packed}"; }
        else
          { value = head (head packedCommits); };

      # Worktrees and submodules have a file `.git` that names the directory.
      fromLinkFile =
        reference: file:
        let
          link = match "gitdir: (.*)" (fileContents file);
          gitDir = absolute (dirOf (toString file)) (head link);
          common =
            if pathIsRegularFile "${gitDir}/commondir" then
              absolute gitDir (removeSuffix "/" (fileContents "${gitDir}/commondir"))
            else
              gitDir;
        in
        if link == null then
          { error = "File contains no gitdir reference: ${toString file}"; }
        else if common == gitDir then
          read reference gitDir
        else
          let
            own = match "ref: (.*)" (fileContents "${gitDir}/${reference}");
          in
          if own == null then { value = fileContents "${gitDir}/${reference}"; } else read (head own) common;
    in
    read "HEAD";

  pathHasContext = builtins.hasContext;
in
{
  inherit (builtins) filterSource;
  inherit cleanSourceFilter cleanSourceWith pathHasContext;

  cleanSource =
    src:
    cleanSourceWith {
      filter = cleanSourceFilter;
      inherit src;
    };

  # Keeps files whose path below the source matches one of the expressions.
  sourceByRegex =
    src: expressions:
    let
      root = toString (parts src).origSrc + "/";
    in
    cleanSourceWith {
      inherit src;
      filter =
        path: _type:
        any (expression: match expression (removePrefix root (toString path)) != null) expressions;
    };

  # Keeps directories, and files whose name ends in one of the suffixes.
  sourceFilesBySuffices =
    src: suffixes:
    cleanSourceWith {
      inherit src;
      filter =
        path: type: type == "directory" || any (suffix: hasSuffix suffix (baseNameOf path)) suffixes;
    };

  trace =
    src:
    let
      original = parts src;
    in
    make (
      original
      // {
        filter =
          path: type:
          let
            kept = original.filter path type;
          in
          builtins.trace "${original.name}.filter ${path} = ${lib.trivial.boolToString kept}" kept;
      }
    );

  pathIsGitRepo = path: pathExists path && commitOf path ? value;

  commitIdFromGitRepo =
    path:
    let
      commit = commitOf path;
    in
    commit.value or (throw commit.error);

  canCleanSource = src: src ? _isLibCleanSourceWith || !(pathHasContext (toString src));

  urlToName =
    url:
    let
      base = baseNameOf (removeSuffix "/" (lib.lists.last (lib.strings.splitString ":" (toString url))));
      strip =
        name:
        let
          short = match "(.*)\\.(git|tar|zip|gz|tgz|bz|tbz|bz2|tbz2|lzma|txz|xz|zstd)" name;
        in
        if short == null then name else strip (head short);
    in
    strip base;

  shortRev =
    revision:
    let
      base = baseNameOf (toString revision);
      version = match "([A-Za-z]+[-_. ]?)*(v)?([0-9.]+.*)" base;
    in
    if match "[a-f0-9]+" base != null then
      builtins.substring 0 7 base
    else if version != null then
      lib.lists.last version
    else
      base;

  revOrTag = revision: tag: if tag != null then tag else if revision != null then revision else "HEAD";
}
