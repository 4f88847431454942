# A home from its configuration: the result of `evalModules`, with the package that activates
# it as `activationPackage`. Warnings are shown, and failed assertions are errors, as soon as
# anything of it is used.
{
  configuration,
  pkgs,
  lib ? pkgs.lib,

  # Only the modules that a home cannot do without.
  minimal ? false,

  # Whether settings without a matching option are errors.
  check ? true,

  extraSpecialArgs ? { },
}:

let
  extendedLib = import ../lib/extended.nix lib;

  evaluated = extendedLib.evalModules {
    class = "homeManager";
    modules = [
      configuration
    ]
    ++ import ./modules.nix {
      inherit pkgs minimal check;
      lib = extendedLib;
    };
    specialArgs = {
      modulesPath = toString ./.;
    }
    // extraSpecialArgs;
  };

  checked =
    result:
    let
      failed = builtins.filter (assertion: !assertion.assertion) result.config.assertions;
      messages = map (assertion: "- ${assertion.message}") failed;
    in
    if failed == [ ] then
      builtins.foldl' (value: message: lib.warn message value) result (
        lib.reverseList result.config.warnings
      )
    else
      throw "\nFailed assertions:\n${lib.concatStringsSep "\n" messages}";

  finish =
    result:
    let
      home = checked result;
    in
    home
    // {
      inherit (home.config.home) activationPackage;
      inherit (home._module.args) pkgs;

      # The name that very old configurations use.
      activation-script = home.config.home.activationPackage;

      # News are shown also for a home that does not build.
      newsDisplay = result.config.news.display;
      newsEntries = builtins.sort (a: b: a.time > b.time) (
        builtins.filter (entry: entry.condition) result.config.news.entries
      );

      extendModules = arguments: finish (result.extendModules arguments);
    };
in
finish evaluated
