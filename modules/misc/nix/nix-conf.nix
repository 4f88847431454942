# The file nix.conf.
{ lib, pkgs, cfg }:

let
  inherit (lib) types;

  # Without a package there is nothing to check the settings with while building.
  isChecked = cfg.package != null && !isCross;

  isAtLeast = lib.versionAtLeast (lib.getVersion cfg.package);

  value =
    given:
    if given == null then
      ""
    else if lib.isBool given then
      lib.boolToString given
    else if lib.isFloat given then
      lib.strings.floatToString given
    else if lib.strings.isConvertibleWithToString given then
      toString given
    else
      throw "nix.settings: this value cannot be written to nix.conf: ${lib.generators.toPretty { } given}";

  lines = lib.mapAttrsToList (
    name: given: "${lib.escape [ "=" ] name} = ${value given}"
  ) cfg.settings;

  isCross = pkgs.stdenv.hostPlatform != pkgs.stdenv.buildPlatform;

  # Settings that Nix does not know are never right; other mistakes may be another version's.
  mistakes = if cfg.checkConfig then "^error:" else "^error: unknown setting";

  check = ''
    echo "Validating generated nix.conf"
    ln -s $out ./nix.conf
    set +o pipefail
    NIX_CONF_DIR=$PWD ${cfg.package}/bin/nix ${
      if isAtLeast "2.20pre" then "config show" else "show-config"
    } ${
      lib.optionalString (isAtLeast "2.3pre") "--no-net --option experimental-features nix-command"
    } 2>&1 | sed -e 's/^warning:/error:/' | (! grep '${mistakes}')
    set -o pipefail
  '';

  atom =
    with types;
    nullOr (oneOf [
      bool
      int
      float
      str
      path
      package
    ])
    // {
      description = "Nix config atom (null, bool, int, float, str, path or package)";
    };
in
{
  type = types.attrsOf (types.either atom (types.listOf atom));

  isNeeded = cfg.settings != { } || cfg.extraOptions != "";

  package = pkgs.writeTextFile {
    name = "nix.conf";
    text = ''
      # WARNING: this file is generated from the nix.settings option in
      # your Home Manager configuration at $XDG_CONFIG_HOME/nix/nix.conf.
      # Do not edit it!
      ${lib.concatStringsSep "\n" lines}
      ${cfg.extraOptions}
    '';
    checkPhase = lib.optionalString isChecked check;
  };
}
