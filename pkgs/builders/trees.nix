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
    filter
    optionalString
    ;
  inherit (self.hostBuilders) hostPath shDerivation;

  setPath = "PATH=${hostPath}; export PATH\n";

  linkTrees = builtins.readFile ./link-trees.sh;

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
    self.runCommand name
      (
        rest
        // {
          inherit meta;
          # `paths` are visible as an attribute, like nixpkgs' are.
          passthru = { inherit paths; } // passthru;
          trees = map (path: "${path}${stripPrefix}") (filter (path: path != null) (lib.flatten paths));
        }
      )
      (
        linkTrees
        + ''
          mode=join
          mkdir -p "$out"
          for tree in $trees; do
            if [ -d "$tree" ]; then
              mergeTree "$tree" "$out"
            ${optionalString failOnMissing ''
              else
                echo "symlinkJoin: $tree is not a directory" >&2
                exit 1
            ''}fi
          done
          ${postBuild}
        ''
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
    self.runCommand name
      {
        inherit nativeBuildInputs buildInputs meta;
        passthru = passthru // {
          inherit paths pathsToLink postBuild;
        };
        trees = map (entry: "${toString entry.priority}:${entry.path}") ordered;
        inherit pathsToLink;
      }
      (
        linkTrees
        + ''
          mode=install
          ignoreCollisions=${if ignoreCollisions then "1" else "0"}
          checkContents=${if checkCollisionContents then "1" else "0"}
          root=$out${escapeShellArg extraPrefix}
          mkdir -p "$root"
          last=
          for entry in $trees; do
            tree=''${entry#*:}
            priority=''${entry%%:*}
            if [ "$priority" != "$last" ]; then peers=(); fi
            last=$priority
            peers+=("$tree")
            installTree "$root"
          done
          ${optionalString (toString manifest != "") ''ln -s ${manifest} "$out/manifest"''}
          ${postBuild}
        ''
      )
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
    shDerivation (
      setPath
      + "mkdir -p \"$out\"\ncd \"$out\"\n"
      + optionalString (directories != [ ]) "mkdir -p -- ${lib.escapeShellArgs directories}\n"
      + concatMapStrings (
        name: "ln -s ${escapeShellArg byName.${name}} ./${escapeShellArg name}\n"
      ) names
    ) {
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

  emptyDirectory = shDerivation (setPath + "mkdir \"$out\"\n") { name = "empty-directory"; };
}
