# Directories of links to other packages.
{ lib, self }:

let
  inherit (builtins)
    concatMap
    isList
    toString
    ;
  inherit (lib)
    concatMapStrings
    escapeShellArg
    escapeShellArgs
    filter
    optionalString
    ;
  inherit (self.hostBuilders)
    hostPath
    shDerivation
    stepsDerivation
    withSteps
    ;

  linkTrees = builtins.readFile ./link-trees.sh;

  # Makes a tree by steps, and lets commands of the caller finish it.
  treeWith =
    steps: postBuild: attrs:
    if postBuild == "" then
      stepsDerivation linkTrees steps attrs
    else
      self.runCommand attrs.name (removeAttrs attrs [ "name" ]) (
        builtins.readFile ./steps.sh + linkTrees + steps + postBuild
      );

  symlinkJoin =
    args@{
      name ? "${args.pname}-${args.version}",
      paths,
      stripPrefix ? "",
      preferLocalBuild ? true,
      allowSubstitutes ? false,
      postBuild ? "",
      failOnMissing ? stripPrefix == "",
      meta ? { },
      passthru ? { },
      ...
    }:
    let
      rest = removeAttrs args [
        "name"
        "pname"
        "version"
        "paths"
        "stripPrefix"
        "preferLocalBuild"
        "allowSubstitutes"
        "postBuild"
        "failOnMissing"
      ];
    in
    treeWith
      (
        "directory ''\n"
        + concatMapStrings (
          path:
          "join ${escapeShellArg "${path}${stripPrefix}"} ${if failOnMissing then "required" else "optional"}\n"
        ) (filter (path: path != null) (lib.flatten paths))
      )
      postBuild
      (
        rest
        // {
          inherit name meta;
          # `paths` are visible as an attribute, like nixpkgs' are.
          passthru = { inherit paths; } // passthru;
        }
      );

  # The outputs of a package that are to be installed, and its priority.
  installed =
    extraOutputs: package:
    let
      wanted =
        if package.outputSpecified or false || !(package ? outputs) then
          [ "" ]
        else
          package.meta.outputsToInstall or [ "out" ];
      main = map (output: if output == "" then package else package.${output} or package) wanted;
      extra = map (output: package.${output}) (
        filter (output: package ? ${output} && !(package.outputSpecified or false)) extraOutputs
      );
    in
    map (output: {
      path = output;
      priority = package.meta.priority or lib.meta.defaultPriority;
    }) (main ++ extra);

  buildEnv = lib.makeOverridable (
    {
      name,
      paths,
      manifest ? "",
      ignoreCollisions ? false,
      checkCollisionContents ? true,
      pathsToLink ? [ "/" ],
      extraOutputsToInstall ? [ ],
      extraPrefix ? "",
      postBuild ? "",
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      passthru ? { },
      meta ? { },
      pname ? null,
      version ? null,
      includeClosures ? false,
      ignoreSingleFileOutputs ? false,
    }:
    let
      entries = concatMap (installed extraOutputsToInstall) (
        filter (package: package != null) (lib.flatten paths)
      );
      # The first to come keeps a file; so the most urgent, those with the lowest number, do.
      ordered = lib.sortOn (entry: entry.priority) entries;
    in
    treeWith
      (
        "profile ${
          escapeShellArgs (
            [
              (if ignoreCollisions then "1" else "0")
              (if checkCollisionContents then "1" else "0")
              extraPrefix
            ]
            ++ pathsToLink
          )
        }\n"
        + concatMapStrings (
          entry: "install ${toString entry.priority} ${escapeShellArg "${entry.path}"}\n"
        ) ordered
        + optionalString (toString manifest != "") "symlink ${escapeShellArg "${manifest}"} manifest\n"
      )
      postBuild
      {
        inherit
          name
          nativeBuildInputs
          buildInputs
          meta
          ;
        passthru = passthru // {
          inherit paths pathsToLink postBuild;
        };
      }
  );

  # Entries are `{ name; path; }`, or a set of paths by name.
  linkFarm =
    name: given:
    let
      entries =
        if isList given then given else lib.mapAttrsToList (name: path: { inherit name path; }) given;
      # Later entries of a name replace earlier ones.
      byName = builtins.listToAttrs (
        map (entry: {
          inherit (entry) name;
          value = "${entry.path}";
        }) entries
      );
      names = builtins.attrNames byName;
      directories = lib.unique (
        concatMap (
          name:
          let
            directory = dirOf name;
          in
          if directory == "." then [ ] else [ directory ]
        ) names
      );
    in
    stepsDerivation ""
      (
        "directory ''\n"
        + concatMapStrings (directory: "directory ${escapeShellArg directory}\n") directories
        + concatMapStrings (name: "symlink ${escapeShellArgs [ byName.${name} name ]}\n") names
      )
      {
        inherit name;
        passthru.entries = byName;
      };
in
{
  inherit symlinkJoin buildEnv linkFarm;

  linkFarmFromDrvs =
    name: packages:
    linkFarm name (
      map (package: {
        inherit (package) name;
        path = package;
      }) packages
    );

  emptyDirectory = shDerivation "PATH=${hostPath}; export PATH\nmkdir \"$out\"\n" (
    withSteps "directory ''\n" { name = "empty-directory"; }
  );
}
