# Which programs open which types of files.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.xdg.mimeApps;

  applicationsOption =
    example: description:
    mkOption {
      type = types.attrsOf (
        types.coercedTo (types.either (types.listOf types.str) types.str) lib.toList (types.listOf types.str)
      );
      default = { };
      inherit example description;
    };

  joined = lib.mapAttrs (_type: lib.concatStringsSep ";");

  configured = (pkgs.formats.ini { }).generate "mimeapps.list" {
    "Added Associations" = joined cfg.associations.added;
    "Removed Associations" = joined cfg.associations.removed;
    "Default Applications" = joined cfg.defaultApplications;
  };

  # What the desktop files of packages say is appended while building.
  withPackages = pkgs.runCommand "mimeapps.list" { packages = cfg.defaultApplicationPackages; } ''
    export PATH=$PATH:${lib.hm.options.neededPackage pkgs "crudini"}/bin
    install -m644 ${configured} $out

    for package in $packages; do
      for file in "$package"/share/applications/*.desktop; do
        types=$(crudini --get "$file" "Desktop Entry" MimeType 2>/dev/null || true)
        for type in ''${types//;/ }; do
          before=$(crudini --get $out "Default Applications" "$type" 2>/dev/null || true)
          crudini --ini-options=nospace --inplace --set $out "Default Applications" "$type" \
            "$before''${before:+;}''${file##*/}"
        done
      done
    done
  '';

  # The types that the desktop files of packages name, and the files, as a value. This builds
  # the packages while evaluating.
  associations =
    packages:
    let
      lines = pkgs.runCommand "mime-assoc" { inherit packages; } ''
        for package in $packages; do
          for file in "$package"/share/applications/*.desktop; do
            name=''${file##*/}
            sed -n -E "/^MimeType=/ { s/.*=//; s/;?$|;/;$name\n/g; p; }" "$file"
          done
        done > "$out"
      '';
      pair =
        line:
        let
          parts = lib.splitString ";" line;
        in
        lib.optional (builtins.length parts == 2) { ${lib.head parts} = lib.last parts; };
    in
    lib.zipAttrs (lib.concatMap pair (lib.splitString "\n" (builtins.readFile lines)));
in
{
  options.xdg.mimeApps = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = ''
        Whether to write {file}`$XDG_CONFIG_HOME/mimeapps.list`. Programs can then no longer
        change it.
      '';
    };

    associations = {
      added = applicationsOption {
        "image/png" = [
          "feh.desktop"
          "gimp.desktop"
        ];
      } "Programs that can open a type, besides those that say so themselves.";

      removed = applicationsOption {
        "image/png" = "gimp.desktop";
      } "Programs that are not to open a type, although they say they can.";
    };

    defaultApplications = applicationsOption {
      "image/png" = [ "feh.desktop" ];
    } "The programs that open a type unless another is asked for: the first that is installed.";

    defaultApplicationPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.eog pkgs.evince ]";
      description = ''
        Packages whose programs open every type that they can, after those in
        [](#opt-xdg.mimeApps.defaultApplications). Long lists take long to build.
      '';
    };
  };

  config = lib.mkMerge [
    {
      lib.xdg.mimeAssociations =
        lib.warn "`lib.xdg.mimeAssociations` builds packages while evaluating; use the option `xdg.mimeApps.defaultApplicationPackages` instead" associations;
    }

    (lib.mkIf cfg.enable {
      assertions = [
        (lib.hm.assertions.assertPlatform "xdg.mimeApps" pkgs lib.platforms.linux)
      ];

      xdg.configFile."mimeapps.list".source =
        if cfg.defaultApplicationPackages == [ ] then configured else withPackages;

      # Where programs looked for it in the past, and some still do.
      xdg.dataFile."applications/mimeapps.list".source = config.xdg.configFile."mimeapps.list".source;
    })
  ];
}
