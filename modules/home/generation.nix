# A generation: everything that activating a home needs, in one package.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.home;

  # Without packages, the script runs with the bash that there is when it runs.
  interpreter =
    if pkgs.isHomeManagerEmbedded or false then "/usr/bin/env bash" else pkgs.runtimeShell;

  script = "#!${interpreter}\n${config.home.internal.activationScript}\n";

  # The package set that makes trees by steps needs no shell for this. Only for blocks of others
  # than this project's modules bash is asked whether it understands the script.
  generationBySteps =
    pkgs.hostBuilders.stepsDerivation ""
      (
        ''
          directory bin
          write activationScript activate executable
        ''
        + lib.optionalString (!config.home.internal.hasOnlyOwnBlocks) ''
          syntax ${pkgs.hostBuilders.hostPath} activate
        ''
        + ''
          symlink ${builtins.placeholder "out"}/activate bin/home-manager-generation
          write activationManifest activation.json
          write extraDependencies extra-dependencies
          write version hm-version
          write format gen-version
          symlink ${config.home-files} home-files
          symlink ${cfg.path} home-path
        ''
        + config.home.internal.generationSteps
      )
      {
        name = "home-manager-generation";
        inherit (cfg) extraDependencies;
        activationScript =
          lib.replaceStrings [ "@GENERATION_DIR@" ] [ (builtins.placeholder "out") ]
            script;
        activationManifest = builtins.toJSON config.home.internal.activationManifest + "\n";
        version = "${cfg.version.full}\n";
        # The format of a generation, for the programs that use it.
        format = "1\n";
        passAsFile = [
          "extraDependencies"
          "activationScript"
          "activationManifest"
        ];
        passedChecks = lib.concatStringsSep " " cfg.checks;
      };

  # Empty with packages of others, which never have such steps.
  stepsByCommands = lib.optionalString (config.home.internal.generationSteps != "") (
    pkgs.hostBuilders.stepsLibrary + config.home.internal.generationSteps
  );

  # What is put into the script and the manifest is written by the shell itself: this package
  # is made again with every change.
  generationByCommands =
    pkgs.runCommand "home-manager-generation"
      {
        preferLocalBuild = true;
        allowSubstitutes = false;

        inherit (cfg) extraDependencies;
        activationScript = script;
        activationManifest = builtins.toJSON config.home.internal.activationManifest;
        passAsFile = [
          "extraDependencies"
          "activationScript"
          "activationManifest"
        ];

        # Checks are built with the home. The result does not refer to them.
        passedChecks = lib.concatStringsSep " " cfg.checks;
      }
      ''
        mkdir -p "$out/bin"
        cd "$out"

        text=$(<"$activationScriptPath")
        printf '%s\n' "''${text//@GENERATION_DIR@/$out}" > activate
        chmod +x activate
        bash -n -O extglob activate
        ln -s "$out/activate" bin/home-manager-generation

        printf '%s\n' "$(<"$activationManifestPath")" > activation.json
        printf '%s' "$(<"$extraDependenciesPath")" > extra-dependencies
        printf '%s\n' ${lib.escapeShellArg cfg.version.full} > hm-version

        # The format of a generation, for the programs that use it.
        printf '1\n' > gen-version

        ln -s ${config.home-files} home-files
        ln -s ${cfg.path} home-path

        ${cfg.extraBuilderCommands}${stepsByCommands}
      '';
in
{
  options.home = {
    activationPackage = mkOption {
      internal = true;
      type = types.package;
      description = "The generation.";
    };

    internal.generationSteps = mkOption {
      type = types.lines;
      default = "";
      internal = true;
      description = "Steps that add to the generation, where it is made by steps.";
    };

    extraBuilderCommands = mkOption {
      type = types.lines;
      default = "";
      internal = true;
      description = "Commands that add to the generation, which is in `$out`.";
    };

    extraDependencies = mkOption {
      type = types.listOf types.pathInStore;
      default = [ ];
      description = "Store paths that are kept as long as the home, without being a part of it.";
    };

    checks = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that have to build for the home to be built. They are not kept.";
    };
  };

  config.home.activationPackage =
    if pkgs.isHomeManagerEmbedded or false && cfg.extraBuilderCommands == "" then
      generationBySteps
    else
      generationByCommands;
}
