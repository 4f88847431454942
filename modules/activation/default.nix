# Activation: the script that makes a home what its generation says.
#
# The script has two modes. Alone it does everything. Started by an engine, which says so in
# HOME_MANAGER_DRIVER_FDS, it leaves the core blocks to that: it only runs the other ones, at
# their place in the order and all in one process.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.home;

  isEmbedded = pkgs.isHomeManagerEmbedded or false;

  sorted = lib.hm.dag.topoSort cfg.activation;

  blocks =
    sorted.result
      or (abort "Dependency cycle in activation script: ${builtins.toJSON sorted}");

  # An engine does what a core block was made for; not what a configuration made of it.
  isNative =
    block: cfg.internal.engineBlocks ? ${block.name} && cfg.internal.engineBlocks.${block.name} == block.data;

  # Blocks that have nothing to do where no systemd manages the user's services.
  isForSystemd =
    block: cfg.internal.systemdBlocks ? ${block.name} && cfg.internal.systemdBlocks.${block.name} == block.data;

  # Whether a block is one of our own that only looks at the home.
  onlyLooks = block: (cfg.internal.lookingBlocks.${block.name} or null) == block.data;

  blockText =
    block:
    if isNative block then
      ''
        hmAnnounceBlock "${block.name}"
        if ! hmNativeBlock ${block.name}; then
        ${if block.data == "" then ":" else block.data}
        fi
      ''
    else
      ''
        hmAnnounceBlock "${block.name}"
        hmTellBlock ${lib.escapeShellArg block.name}
        ${block.data}
      '';

  # With packages, the script has those programs that blocks rely on. Otherwise it has those of
  # the host.
  searchPath =
    if isEmbedded then
      lib.makeBinPath cfg.extraActivationPath
      + lib.optionalString (cfg.extraActivationPath != [ ]) ":"
      + "\${PATH:-/usr/local/bin:/usr/bin:/bin}"
    else
      lib.makeBinPath (
        (with pkgs; [
          bash
          coreutils
          diffutils
          findutils
          gettext
          gnugrep
          gnused
          jq
          ncurses
        ])
        ++ cfg.extraActivationPath
      );

  nixPath =
    if config.nix.enable && config.nix.package != null then
      ''
        PATH+=:${config.nix.package}/bin
      ''
    else
      lib.optionalString (!isEmbedded) ''
        if [[ -n $hmNixEnv ]]; then
          PATH+=:$(dirname "$(readlink -m "$hmNixEnv")")
        fi
      '';

  sanityChecks = ''
    if [[ ! -v SKIP_SANITY_CHECKS ]]; then
      checkStringEq USER "$USER" ${lib.escapeShellArg cfg.username}
      checkPathEq HOME "$HOME" ${lib.escapeShellArg cfg.homeDirectory}
      ${lib.optionalString (cfg.uid != null) ''
        checkStringEq UID "$(id -u)" ${toString cfg.uid}
      ''}
    fi
  '';

  script = ''
    set -eu
    set -o pipefail

    cd "$HOME"

    # By its hash table, bash finds a program without starting another process.
    hmNixEnv=""
    if hash nix-env 2> /dev/null; then hmNixEnv=''${BASH_CMDS[nix-env]}; fi
    hmCallersPath=''${PATH:-}
    export PATH="${searchPath}"
    ${nixPath}${lib.optionalString (!isEmbedded && !cfg.emptyActivationPath) ''
      PATH+=''${hmCallersPath:+:$hmCallersPath}
    ''}
    ${builtins.readFile ./library.bash}
    ${builtins.readFile ./arguments.bash}
    ${builtins.readFile ./driver.bash}
    ${builtins.readFile ./variables.bash}
    hmIsBrief || _i "Starting Home Manager activation"

    hmSetVariables

    if [[ ! -v hmDriverRead ]]; then
      source ${./standalone.bash}
      hmPrepare
    fi
    hmDescribe

    if [[ ! -v hmDriverRead ]]; then
      ${sanityChecks}
      ${lib.optionalString cfg.activationGenerateGcRoot ''
        trap 'run rm -f $VERBOSE_ARG "$newGenGcPath"' EXIT
        hmAddRoot "$newGenGcPath"
      ''}
    fi

    ${lib.concatMapStrings blockText blocks}
    ${lib.optionalString (cfg.activationGenerateGcRoot && !config.uninstall) ''
      if [[ ! -v hmDriverRead ]]; then
        hmAddRoot "$currentGenGcPath"
        if [[ -e $legacyGenGcPath ]]; then
          run rm $VERBOSE_ARG "$legacyGenGcPath"
        fi
      fi
    ''}
  '';

  core = import ./core-blocks.nix {
    inherit (cfg) path profileDirectory;
    inherit (config.submoduleSupport) externalPackageInstall;
  };

  internal =
    type: default: description:
    mkOption {
      internal = true;
      inherit type default description;
    };
in
{
  options.home = {
    activation = mkOption {
      type = lib.hm.types.dagOf types.str;
      default = { };
      example = lib.literalExpression ''
        {
          notes = lib.hm.dag.entryAfter [ "writeBoundary" ] '''
            run mkdir -p $VERBOSE_ARG "$HOME/notes"
          ''';
        }
      '';
      description = ''
        Commands for {command}`bash` that run whenever the home is activated, also if nothing has
        changed. Those that change anything come after `writeBoundary`; earlier ones may only
        look, and exit if something is not as it has to be.

        {command}`run COMMAND` runs a command or, in a dry run, prints it;
        {command}`run --quiet COMMAND` without its output, {command}`run --silence COMMAND`
        without its errors as well. {var}`DRY_RUN` is set in a dry run, and {var}`VERBOSE` if
        much is to be told: {var}`VERBOSE_ARG` is then `--verbose`, and {command}`verboseEcho`
        prints.
      '';
    };

    activationGenerateGcRoot = internal types.bool true ''
      Whether activating protects the generation from garbage collection, as is right unless
      something else does.
    '';

    extraActivationPath = internal (types.listOf types.package) [ ] ''
      Packages whose programs the activation blocks use.
    '';

    emptyActivationPath =
      internal types.bool (lib.versionAtLeast cfg.stateVersion "22.11") ''
        Whether activation blocks are kept from programs in {env}`PATH` that nobody declared.
      ''
      // {
        defaultText = lib.literalMD "`true` for state versions since 22.11";
      };

    internal = {
      engineBlocks = internal (types.attrsOf types.str) { } "The core blocks as they are by default.";
      systemdBlocks = internal (types.attrsOf types.str) { } "Blocks that only speak to the user's systemd.";
      hasOnlyOwnBlocks = internal types.bool false "Whether no block is the user's.";
      lookingBlocks = internal (types.attrsOf types.str) { } "Those blocks that change nothing, as they are by default.";
      activationScript = internal types.str "" "The script, for a generation at `@GENERATION_DIR@`.";
      activationManifest = internal (types.attrsOf types.raw) { } "What an engine has to know.";
    };
  };

  config = {
    home = {
      activation = {
        writeBoundary = lib.hm.dag.entryAnywhere core.writeBoundary;
        installPackages = lib.hm.dag.entryAfter [ "writeBoundary" ] core.installPackages;
      };

      internal = {
        engineBlocks = core;
        hasOnlyOwnBlocks = lib.all (block: isNative block || isForSystemd block) blocks;
        activationScript = script;
        activationManifest = {
          version = 1;
          driver = 1;
          inherit (cfg)
            username
            homeDirectory
            profileDirectory
            stateVersion
            ;
          blocks = map (
            block:
            {
              inherit (block) name;
              native = isNative block;
            }
            // lib.optionalAttrs (isForSystemd block) { systemd = true; }
            // lib.optionalAttrs (onlyLooks block) { looks = true; }
          ) blocks;
        };
      };
    };

    # For scripts that activation blocks start.
    lib.bash.initHomeManagerLib = ''
      source ${./library.bash}
    '';
  };
}
