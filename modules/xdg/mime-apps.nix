# Which application opens what.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.xdg.mimeApps;

  names = types.coercedTo (types.either (types.listOf types.str) types.str) lib.toList (
    types.listOf types.str
  );

  table =
    description:
    mkOption {
      type = types.attrsOf names;
      default = { };
      example."text/html" = [ "firefox.desktop" ];
      inherit description;
    };

  join = lib.mapAttrs (_type: lib.concatStringsSep ";");

  given = (pkgs.formats.ini { }).generate "mimeapps.list" {
    "Added Associations" = join cfg.associations.added;
    "Removed Associations" = join cfg.associations.removed;
    "Default Applications" = join cfg.defaultApplications;
  };

  # What the packages' own entries can open comes after what is given.
  withPackages = pkgs.runCommand "mimeapps.list" { packages = cfg.defaultApplicationPackages; } ''
    PATH=$PATH:${lib.getBin (pkgs.crudini or pkgs.coreutils)}/bin
    install -m644 ${given} "$out"
    for package in $packages; do
      for entry in "$package"/share/applications/*.desktop; do
        types=$(crudini --get "$entry" 'Desktop Entry' MimeType 2>/dev/null || true)
        for type in ''${types//;/ }; do
          before=$(crudini --get "$out" 'Default Applications' "$type" 2>/dev/null || true)
          crudini --ini-options=nospace --inplace --set "$out" 'Default Applications' "$type" \
            "$before''${before:+;}''${entry##*/}"
        done
      done
    done
  '';
in
{
  options.xdg.mimeApps = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether mimeapps.list is managed; it can then not be changed by programs.";
    };
    associations = {
      added = table "Applications that can open a type above those that say so themselves.";
      removed = table "Applications that are not offered for a type.";
    };
    defaultApplications = table "The applications that open a type, the first that is there.";
    defaultApplicationPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose applications open all that they can.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [ (lib.hm.assertions.assertPlatform "xdg.mimeApps" pkgs lib.platforms.linux) ];

    # An older place that some programs still read.
    xdg.dataFile."applications/mimeapps.list".source = config.xdg.configFile."mimeapps.list".source;
    xdg.configFile."mimeapps.list".source =
      if cfg.defaultApplicationPackages == [ ] then given else withPackages;
  };
}
