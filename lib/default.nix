# A standard library for Nix code: the names and the meaning of what home modules use of
# nixpkgs' `lib`.
let
  fixedPoints = import ./fixed-points.nix { lib.trivial = import ./trivial.nix { lib = { }; }; };

  library = fixedPoints.makeExtensible (
    self:
    let
      call = file: import file { lib = self; };
    in
    {
      asserts = call ./asserts.nix;
      attrsets = call ./attrsets.nix;
      cli = call ./cli.nix;
      customisation = call ./customisation.nix;
      debug = call ./debug.nix;
      derivations = call ./derivations.nix;
      fileset = call ./fileset.nix;
      filesystem = call ./filesystem.nix;
      fixedPoints = call ./fixed-points.nix;
      generators = call ./generators.nix;
      gvariant = call ./gvariant.nix;
      lists = call ./lists.nix;
      meta = call ./meta.nix;
      modules = call ./modules;
      options = call ./options.nix;
      path = call ./path.nix;
      sources = call ./sources.nix;
      strings = call ./strings.nix;
      stringsWithDeps = call ./strings-with-deps.nix;
      systems = call ./systems.nix;
      trivial = call ./trivial.nix;
      types = call ./types;
      versions = call ./versions.nix;

      licenses = import ./licenses.nix;
      maintainers = { };
      teams = { };
      inherit (self.systems) platforms;

      inherit (builtins)
        addErrorContext
        compareVersions
        convertHash
        fromJSON
        fromTOML
        getContext
        hasContext
        hashString
        parseFlakeRef
        flakeRefToString
        placeholder
        splitVersion
        toFile
        toJSON
        toString
        toXML
        tryEval
        typeOf
        unsafeDiscardStringContext
        unsafeGetAttrPos
        ;

      inherit (self.trivial)
        add
        and
        bitAnd
        bitNot
        bitOr
        bitXor
        boolToString
        boolToYesNo
        ceil
        checkListOfEnum
        compare
        concat
        const
        deepSeq
        defaultTo
        div
        flip
        floor
        fromHexString
        functionArgs
        genericClosure
        id
        importJSON
        importTOML
        inNixShell
        inPureEvalMode
        info
        isBool
        isFloat
        isFunction
        isInOldestRelease
        isInt
        lessThan
        mapNullable
        max
        mergeAttrs
        min
        mirrorFunctionArgs
        mod
        mul
        nixpkgsVersion
        oldestSupportedReleaseIsAtLeast
        "or"
        pathExists
        pipe
        readFile
        seq
        setFunctionArgs
        showWarnings
        splitByAndCompare
        sub
        throwIf
        throwIfNot
        toBaseDigits
        toFunction
        toHexString
        version
        warn
        warnIf
        warnIfNot
        xor
        ;

      inherit (self.fixedPoints)
        composeExtensions
        composeManyExtensions
        converge
        extends
        fix
        fix'
        makeExtensible
        makeExtensibleWithCustomName
        toExtension
        ;

      inherit (self.attrsets)
        attrByPath
        attrNames
        attrVals
        attrValues
        attrsToList
        cartesianProduct
        catAttrs
        chooseDevOutputs
        collect
        concatMapAttrs
        dontRecurseIntoAttrs
        filterAttrs
        filterAttrsRecursive
        foldAttrs
        foldlAttrs
        genAttrs
        genAttrs'
        getAttr
        getAttrFromPath
        getAttrs
        getBin
        getDev
        getFirstOutput
        getInclude
        getLib
        getMan
        getOutput
        getStatic
        hasAttr
        hasAttrByPath
        intersectAttrs
        isAttrs
        isDerivation
        listToAttrs
        mapAttrs
        mapAttrs'
        mapAttrsRecursive
        mapAttrsRecursiveCond
        mapAttrsToList
        mapAttrsToListRecursive
        mapAttrsToListRecursiveCond
        mapCartesianProduct
        matchAttrs
        mergeAttrsList
        nameValuePair
        optionalAttrs
        overrideExisting
        recurseIntoAttrs
        recursiveUpdate
        recursiveUpdateUntil
        removeAttrs
        setAttrByPath
        showAttrPath
        toDerivation
        updateManyAttrsByPath
        zipAttrs
        zipAttrsWith
        zipAttrsWithNames
        ;

      inherit (self.lists)
        all
        allUnique
        any
        compareLists
        concatAttrValues
        concatLists
        concatMap
        count
        crossLists
        drop
        dropEnd
        elem
        elemAt
        filter
        findFirst
        findSingle
        flatten
        fold
        foldl
        foldl'
        foldr
        forEach
        genList
        groupBy
        groupBy'
        head
        ifilter0
        imap0
        imap1
        init
        intersectLists
        isList
        last
        length
        listDfs
        map
        mutuallyExclusive
        naturalSort
        optional
        optionals
        partition
        range
        remove
        replaceElemAt
        replicate
        reverseList
        singleton
        sort
        sortOn
        sublist
        subtractLists
        tail
        take
        takeEnd
        toList
        toposort
        unique
        uniqueStrings
        zipLists
        zipListsWith
        ;

      imap = self.lists.imap1;

      inherit (self.strings)
        addContextFrom
        appendContext
        cmakeBool
        cmakeFeature
        cmakeOptionType
        concatImapStrings
        concatImapStringsSep
        concatLines
        concatMapAttrsStringSep
        concatMapStrings
        concatMapStringsSep
        concatStrings
        concatStringsSep
        enableFeature
        enableFeatureAs
        escape
        escapeRegex
        escapeShellArg
        escapeShellArgs
        escapeURL
        escapeXML
        fileContents
        fixedWidthNumber
        fixedWidthString
        getName
        getVersion
        hasInfix
        hasPrefix
        hasSuffix
        intersperse
        isStorePath
        isString
        isStringLike
        isValidPosixName
        join
        lowerChars
        makeBinPath
        makeIncludePath
        makeLibraryPath
        makeSearchPath
        makeSearchPathOutput
        match
        mesonBool
        mesonEnable
        mesonOption
        nameFromURL
        optionalString
        parseDrvName
        removePrefix
        removeSuffix
        replaceString
        replaceStrings
        split
        splitString
        splitStringBy
        stringAsChars
        stringLength
        stringToCharacters
        substring
        toCamelCase
        toInt
        toIntBase10
        toLower
        toSentenceCase
        toShellVar
        toShellVars
        toUpper
        trim
        trimWith
        upperChars
        versionAtLeast
        versionOlder
        withFeature
        withFeatureAs
        ;

      inherit (self.stringsWithDeps)
        fullDepEntry
        noDepEntry
        packEntry
        stringAfter
        textClosureList
        textClosureMap
        ;

      inherit (self.customisation)
        callPackageWith
        callPackagesWith
        extendDerivation
        makeOverridable
        makeScope
        overrideDerivation
        ;

      inherit (self.derivations)
        addDrvOutputDependencies
        lazyDerivation
        optionalDrvAttr
        unsafeDiscardOutputDependency
        warnOnInstantiate
        ;

      inherit (self.meta)
        addMetaAttrs
        appendToName
        dontDistribute
        getExe
        getExe'
        hiPrio
        hiPrioSet
        lowPrio
        lowPrioSet
        mapDerivationAttrset
        setName
        setPrio
        updateName
        ;

      inherit (self.filesystem)
        baseNameOf
        dirOf
        hashFile
        isPath
        packagesFromDirectoryRecursive
        pathIsDirectory
        pathIsRegularFile
        pathType
        readDir
        readFileType
        ;

      inherit (self.sources)
        canCleanSource
        cleanSource
        cleanSourceFilter
        cleanSourceWith
        commitIdFromGitRepo
        filterSource
        pathHasContext
        pathIsGitRepo
        revOrTag
        sourceByRegex
        sourceFilesBySuffices
        ;

      inherit (self.modules)
        defaultOrderPriority
        doRename
        evalModules
        evalOptionValue
        filterOverrides
        fixMergeModules
        fixupOptionType
        mergeDefinitions
        mergeOptionDecls
        mkAfter
        mkAliasAndWrapDefinitions
        mkAliasDefinitions
        mkAliasOptionModule
        mkAliasOptionModuleMD
        mkAssert
        mkBefore
        mkChangedOptionModule
        mkDefault
        mkDefinition
        mkDerivedConfig
        mkFixStrictness
        mkForce
        mkIf
        mkImageMediaOverride
        mkMerge
        mkMergedOptionModule
        mkOptionDefault
        mkOrder
        mkOverride
        mkRemovedOptionModule
        mkRenamedOptionModule
        mkRenamedOptionModuleWith
        mkVMOverride
        setDefaultModuleLocation
        sortProperties
        ;

      inherit (self.options)
        getFiles
        getValues
        isOption
        literalExpression
        literalMD
        mergeDefaultOption
        mergeEqualOption
        mergeOneOption
        mergeUniqueOption
        mkEnableOption
        mkOption
        mkPackageOption
        mkSinkUndeclaredOptions
        optionAttrSetToDocList
        optionAttrSetToDocList'
        scrubOptionValue
        showFiles
        showOption
        showOptionWithDefLocs
        unknownModule
        ;

      inherit (self.types)
        defaultFunctor
        defaultTypeMerge
        isOptionType
        isType
        mkOptionType
        setType
        ;

      inherit (self.asserts) assertMsg assertOneOf;

      inherit (self.debug)
        runTests
        testAllTrue
        trace
        traceFnSeqN
        traceIf
        traceSeq
        traceSeqN
        traceVal
        traceValFn
        traceValSeq
        traceValSeqFn
        traceValSeqN
        traceValSeqNFn
        ;

      inherit (self.generators) mkLuaInline;

      # The packages that a list of packages needs at run time, by `propagatedBuildInputs`.
      closePropagation =
        packages:
        map (entry: entry.package) (
          builtins.genericClosure {
            startSet = map (package: {
              key = package.outPath;
              inherit package;
            }) (builtins.filter (package: package != null) packages);
            operator =
              { package, ... }:
              map (needed: {
                key = needed.outPath;
                package = needed;
              }) (
                builtins.filter (needed: needed != null) (
                  package.propagatedBuildInputs or [ ] ++ package.propagatedNativeBuildInputs or [ ]
                )
              );
          }
        );

      fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
      fakeSha256 = "0000000000000000000000000000000000000000000000000000000000000000";
    }
  );
in
library
