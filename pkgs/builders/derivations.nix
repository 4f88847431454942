# Derivations that run commands of the host.
{ lib, self }:

let
  inherit (builtins) removeAttrs stringLength;
  inherit (lib) filterAttrs;

  # Where programs are on NixOS, on other systems, and on macOS. A build is started with an
  # environment of its own, so that the user's PATH is not known to it.
  hostPath = "/run/current-system/sw/bin:/nix/var/nix/profiles/default/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/homebrew/bin";

  # One environment variable can hold 128 KiB on Linux; longer values are passed in files.
  fitsEnvironment = text: stringLength text < 100000;

  # Attributes that describe a package and do not belong into its build.
  descriptive = [
    "meta"
    "passthru"
  ];

  # `attrs` are those of `derivation`, with `meta` and `passthru` beside them.
  makeDerivation =
    attrs:
    let
      environment = filterAttrs (_name: value: value != null) (removeAttrs attrs descriptive);
      drv = derivation (
        {
          inherit (self) system;
          # What is built depends on the host, so that no other machine's result will do.
          preferLocalBuild = true;
          allowSubstitutes = false;
        }
        // environment
        # As nixpkgs does, so that any file name can be the name of a derivation.
        // { name = lib.strings.sanitizeDerivationName attrs.name; }
      );
      passthru = attrs.passthru or { };
    in
    drv
    // {
      meta = attrs.meta or { };
      inherit passthru;
      overrideAttrs =
        change:
        makeDerivation (
          attrs
          // (
            if lib.isFunction change then
              let
                applied = change attrs;
              in
              # An overlay-like function takes the final attributes first.
              if lib.isFunction applied then change attrs attrs else applied
            else
              change
          )
        );
    }
    // passthru;

  # Runs a script in /bin/sh, for builders that need next to nothing.
  shDerivation =
    script: attrs:
    makeDerivation (
      attrs
      // {
        builder = "/bin/sh";
        args = [
          "-ec"
          script
        ];
      }
    );

  # Makes the programs of the inputs known, then runs the command.
  bashPrologue = ''
    for input in ''${nativeBuildInputs-} ''${buildInputs-}; do
      [ ! -d "$input/bin" ] || PATH=$input/bin:$PATH
      [ ! -e "$input/nix-support/setup-hook" ] || . "$input/nix-support/setup-hook"
    done
    unset input
    if [ -n "''${buildCommandPath-}" ]; then . "$buildCommandPath"; else eval "$buildCommand"; fi
  '';

  bashDerivation =
    attrs:
    let
      isShort = fitsEnvironment attrs.buildCommand;
    in
    makeDerivation (
      attrs
      // {
        builder = "/bin/sh";
        args = [
          "-ec"
          ''
            PATH=${hostPath}; export PATH
            if command -v bash > /dev/null; then exec bash -e -o pipefail -c "$0"; fi
            echo "This machine has no bash: sh runs the commands of $name. If it does not understand them, install bash." >&2
            exec /bin/sh -ec "$0"
          ''
          bashPrologue
        ];
      }
      // lib.optionalAttrs (!isShort) {
        passAsFile = attrs.passAsFile or [ ] ++ [ "buildCommand" ];
      }
    );

  # The attributes by which the program `home-manager` makes the output itself, without starting
  # any other: see `steps.sh`. The builder of the same derivation has to make the same, for other
  # programs that build.
  withSteps =
    steps: attrs:
    {
      homeManagerBuilder = "tree";
      inherit steps;
    }
    // attrs
    // lib.optionalAttrs (!fitsEnvironment steps) {
      passAsFile = attrs.passAsFile or [ ] ++ [ "steps" ];
    };

  stepsLibrary = builtins.readFile ./steps.sh;

  # Makes a tree by steps. `functions` are further ones for bash.
  stepsDerivation =
    functions: steps: attrs:
    makeDerivation (
      withSteps steps attrs
      // {
        builder = "/bin/sh";
        args = [
          "-ec"
          ''PATH=${hostPath}; export PATH; exec bash -e -o pipefail -c "$0"''
          "${stepsLibrary}${functions}doSteps\n"
        ];
      }
    );

  runCommand =
    name: env: buildCommand:
    bashDerivation (env // { inherit name buildCommand; });
in
{
  inherit runCommand;

  runCommandLocal = runCommand;
  runCommandCC = runCommand;

  runCommandWith =
    {
      name,
      derivationArgs ? { },
      stdenv ? null,
      runLocal ? true,
    }:
    runCommand name derivationArgs;

  # For the other builders of this set.
  hostBuilders = {
    inherit
      fitsEnvironment
      hostPath
      makeDerivation
      shDerivation
      stepsDerivation
      stepsLibrary
      withSteps
      ;
  };
}
