{ lib }:

let
  inherit (builtins)
    attrNames
    pathExists
    readDir
    readFileType
    ;
  inherit (lib.strings) hasSuffix;

  hasType = type: path: pathExists path && readFileType path == type;
  pathIsDirectory = hasType "directory";

  listFilesRecursive =
    directory:
    lib.lists.flatten (
      lib.attrsets.mapAttrsToList (
        name: type:
        let
          path = directory + "/${name}";
        in
        if type == "directory" then listFilesRecursive path else path
      ) (readDir directory)
    );

  # The packages of a tree: one for each Nix file, or for each directory with a
  # `package.nix`; other directories become sets.
  packagesFromDirectoryRecursive =
    args@{
      callPackage,
      directory,
      ...
    }:
    let
      children =
        scope:
        lib.attrsets.concatMapAttrs (
          name: type:
          let
            path = directory + "/${name}";
          in
          if type == "directory" then
            { ${name} = packagesFromDirectoryRecursive (args // scope // { directory = path; }); }
          else if type != "regular" then
            throw "lib.filesystem.packagesFromDirectoryRecursive: Unsupported file type ${type} at path ${toString path}"
          else if hasSuffix ".nix" name then
            { ${lib.strings.removeSuffix ".nix" name} = (scope.callPackage or callPackage) path { }; }
          else
            { }
        ) (readDir directory);
    in
    if pathExists (directory + "/package.nix") then
      callPackage (directory + "/package.nix") { }
    else if args ? newScope then
      lib.attrsets.recurseIntoAttrs (
        lib.customisation.makeScope args.newScope (self: children { inherit (self) callPackage newScope; })
      )
    else
      children { };
in
{
  inherit (builtins)
    baseNameOf
    dirOf
    hashFile
    isPath
    readDir
    readFileType
    ;

  inherit listFilesRecursive packagesFromDirectoryRecursive pathIsDirectory;

  pathType = readFileType;
  pathIsRegularFile = hasType "regular";

  # The nearest directory, from a file upwards, with an entry whose name matches.
  locateDominatingFile =
    pattern: file:
    let
      search =
        directory:
        let
          matches = builtins.filter (found: found != null) (
            map (builtins.match pattern) (attrNames (readDir directory))
          );
        in
        if matches != [ ] then
          {
            path = directory;
            inherit matches;
          }
        else if toString directory == "/" then
          null
        else
          search (dirOf directory);
    in
    search (if pathIsDirectory file then file else dirOf file);

  # Directories `name` that hold a file `name.cabal`.
  haskellPathsInDir =
    root:
    lib.attrsets.filterAttrs (name: path: pathExists (path + "/${name}.cabal")) (
      builtins.mapAttrs (name: _type: root + "/${name}") (readDir root)
    );

  resolveDefaultNix =
    path:
    if pathIsDirectory path then
      path + "/default.nix"
    else if builtins.isString path && hasSuffix "/" path then
      path + "default.nix"
    else
      path;
}
