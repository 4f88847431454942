# Evaluates a home configuration: from the user's module to the package that activates it.
{
  configuration,
  pkgs,
  lib ? pkgs.lib,
  # Without the modules of programs and services.
  minimal ? false,
  # Whether settings without an option are errors.
  check ? true,
  extraSpecialArgs ? { },
}:

let
  extendedLib = import ../lib/extended.nix lib;

  evaluated = extendedLib.evalModules {
    class = "homeManager";
    modules = [ configuration ] ++ import ./modules.nix {
      inherit pkgs check minimal;
      lib = extendedLib;
    };
    specialArgs = {
      modulesPath = toString ./.;
    } // extraSpecialArgs;
  };

  # Shows warnings and fails on assertions before anything of the result is used.
  checked =
    result:
    let
      failed = builtins.filter (entry: !entry.assertion) result.config.assertions;
      messages = map (entry: "- ${entry.message}") failed;
      warn = message: value: builtins.trace "warning: ${message}" value;
    in
    extendedLib.foldr warn (
      if failed == [ ] then
        result
      else
        throw "\nFailed assertions:\n${extendedLib.concatStringsSep "\n" messages}"
    ) result.config.warnings;

  finish =
    raw:
    let
      result = checked raw;
    in
    result
    // {
      inherit (result.config.home) activationPackage;
      # The name before 2020.
      activation-script = result.config.home.activationPackage;

      newsDisplay = raw.config.news.display;
      newsEntries = extendedLib.sort (one: other: one.time > other.time) (
        builtins.filter (entry: entry.condition) raw.config.news.entries
      );

      inherit (result._module.args) pkgs;
      extendModules = arguments: finish (raw.extendModules arguments);
    };
in
finish evaluated
