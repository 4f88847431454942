# The activation: its blocks, the script that runs them, and the generation around it.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) escapeShellArg mkOption optionalString types;
  cfg = config.home;

  isEmbedded = pkgs.isHomeManagerEmbedded or false;

  # Blocks whose work the program `home-manager` does itself when it runs the script.
  nativeBlocks = [
    "checkLinkTargets"
    "writeBoundary"
    "installPackages"
    "linkGeneration"
  ];

  sorted = lib.hm.dag.topoSort cfg.activation;
  blocks =
    sorted.result
      or (abort "Dependency cycle in activation script: ${builtins.toJSON sorted}");

  isNative = block: builtins.elem block.name nativeBlocks;

  runBlock =
    block:
    ''
      _hmBlock ${escapeShellArg block.name}
    ''
    + (
      if isNative block then
        ''
          if [[ $_hmDriver ]]; then _hmNative ${escapeShellArg block.name}; else
          ${block.data}
          fi
        ''
      else
        block.data + "\n"
    );

  programs =
    if isEmbedded then
      [ ]
    else
      with pkgs;
      [
        bash
        coreutils
        diffutils
        findutils
        gettext
        gnugrep
        gnused
        jq
        ncurses
      ];

  path = lib.makeBinPath (programs ++ cfg.extraActivationPath);

  # Nix may be asked for by blocks: the configured one, else the one of whoever runs the script.
  nixPath =
    if config.nix.enable && config.nix.package != null then
      "${config.nix.package}/bin"
    else
      ''''${_hmNixPath-}'';

  setPath =
    if isEmbedded then
      # The programs are those of the machine.
      optionalString (cfg.extraActivationPath != [ ]) ''
        export PATH="${path}:$PATH"
      ''
    else
      ''
        if _hmNixPath=$(type -P nix-env); then
          _hmNixPath=$(${pkgs.coreutils}/bin/readlink -m "$_hmNixPath")
          _hmNixPath=''${_hmNixPath%/*}
        fi
        export PATH="${path}:${nixPath}${optionalString (!cfg.emptyActivationPath) "\${PATH:+:}$PATH"}"
        unset _hmNixPath
      '';

  script = ''
    #!${if isEmbedded then "/usr/bin/env bash" else pkgs.runtimeShell}
    set -eu
    set -o pipefail

    cd "$HOME"

    ${setPath}
    newGenPath=${builtins.placeholder "out"}
    _hmStoreDir=${escapeShellArg builtins.storeDir}
    _hmForced=(${lib.escapeShellArgs (map (file: file.target) (builtins.filter (file: file.force) files))})
    _hmKeepRoots=${optionalString (cfg.activationGenerateGcRoot && !config.uninstall) "1"}
    _hmMakeRoots=${optionalString cfg.activationGenerateGcRoot "1"}

    ${builtins.readFile ./messages.sh}
    ${builtins.readFile ./prologue.sh}
    if [[ ! $_hmDriver && ! -v SKIP_SANITY_CHECKS ]]; then
      checkStringEq USER "$USER" ${escapeShellArg cfg.username}
      checkPathEq HOME "$HOME" ${escapeShellArg cfg.homeDirectory}
      ${optionalString (cfg.uid != null) ''checkStringEq UID "$UID" ${toString cfg.uid}''}
    fi

    ${builtins.readFile ./files.sh}
    _hmBegin

    ${lib.concatMapStringsSep "\n" runBlock blocks}
    _hmEnd
  '';

  files = builtins.filter (file: file.enable) (builtins.attrValues cfg.file);

  manifest = builtins.toJSON {
    version = 1;
    driver = 1;
    inherit (cfg) username homeDirectory stateVersion;
    files = map (file: {
      inherit (file) target force recursive;
      onChange = file.onChange != "";
    }) files;
    blocks = map (block: {
      inherit (block) name;
      native = isNative block;
    }) blocks;
  };

  hooked = builtins.filter (file: file.onChange != "") files;
in
{
  options.home = {
    emptyActivationPath = mkOption {
      type = types.bool;
      internal = true;
      default = lib.versionAtLeast cfg.stateVersion "22.11";
      description = "Whether blocks find only the programs that activation itself needs.";
    };

    activation = mkOption {
      type = lib.hm.types.dagOf types.str;
      default = { };
      example = lib.literalExpression ''
        {
          greet = lib.hm.dag.entryAfter [ "writeBoundary" ] "run echo hello";
        }
      '';
      description = ''
        Blocks of bash that run when the home is activated, in the order that their dependencies
        ask for. A block that changes anything comes after `writeBoundary` and runs its commands
        with `run`.
      '';
    };

    activationPackage = mkOption {
      type = types.package;
      internal = true;
      description = "The generation.";
    };

    activationGenerateGcRoot = mkOption {
      type = types.bool;
      internal = true;
      default = true;
      description = "Whether activation makes roots for the collection of garbage.";
    };

    extraActivationPath = mkOption {
      type = types.listOf types.package;
      internal = true;
      default = [ ];
      description = "Packages whose programs blocks need.";
    };

    extraBuilderCommands = mkOption {
      type = types.lines;
      internal = true;
      default = "";
      description = "Commands that end the building of the generation.";
    };

    extraDependencies = mkOption {
      type = types.listOf types.pathInStore;
      default = [ ];
      description = "Store paths that live as long as the generation.";
    };

    checks = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Derivations that have to build for the generation to build.";
    };
  };

  config = {
    lib.bash.initHomeManagerLib = builtins.readFile ./messages.sh;

    home.activation = {
      writeBoundary = lib.hm.dag.entryAnywhere "_hmWriteBoundary";

      checkLinkTargets = lib.hm.dag.entryBefore [ "writeBoundary" ] "_hmCheckLinkTargets || exit 1";

      linkGeneration = lib.hm.dag.entryAfter [ "writeBoundary" ] ''
        _hmCleanOldGeneration
        _hmLinkNewGeneration
      '';

      installPackages = lib.hm.dag.entryAfter [ "writeBoundary" ] (
        if config.submoduleSupport.externalPackageInstall then
          "nixProfileRemove home-manager-path"
        else
          "_hmInstallPackages ${cfg.path} ${escapeShellArg cfg.profileDirectory}"
      );

      checkFilesChanged = lib.hm.dag.entryBefore [ "linkGeneration" ] (
        "declare -A changedFiles\n"
        + lib.concatMapStrings (file: ''
          _hmCompare ${
            lib.escapeShellArgs [
              "${cfg.homeDirectory}/${file.target}"
              file.target
            ]
          }
        '') hooked
      );

      onFilesChange = lib.hm.dag.entryAfter [ "linkGeneration" ] (
        lib.concatMapStrings (file: ''
          if (( ''${changedFiles[${escapeShellArg file.target}]} == 1 )); then
            if [[ -v DRY_RUN || -v VERBOSE ]]; then
              echo "Running onChange hook for" ${escapeShellArg file.target}
            fi
            if [[ ! -v DRY_RUN ]]; then
              ${file.onChange}
            fi
          fi
        '') hooked
      );
    };

    home.activationPackage =
      pkgs.runCommandLocal "home-manager-generation"
        {
          passAsFile = [
            "activate"
            "manifest"
            "dependencies"
          ];
          activate = script;
          inherit manifest;
          dependencies = toString cfg.extraDependencies;
          passedChecks = toString cfg.checks;
        }
        ''
          mkdir -p "$out/bin"
          printf '%s\n' ${escapeShellArg cfg.version.full} > "$out/hm-version"
          echo 1 > "$out/gen-version"
          cp "$activatePath" "$out/activate"
          chmod 555 "$out/activate"
          cp "$manifestPath" "$out/activation.json"
          cp "$dependenciesPath" "$out/extra-dependencies"
          ln -s "$out/activate" "$out/bin/home-manager-generation"
          ln -s ${config.home-files} "$out/home-files"
          ln -s ${cfg.path} "$out/home-path"
          ${cfg.extraBuilderCommands}
        '';
  };
}
