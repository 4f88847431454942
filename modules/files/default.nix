# Files in the home: `home.file`, and the tree `home-files` that is made of it.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (config.home) homeDirectory fileOverlapResolution;

  inherit (import ./file-type.nix { inherit homeDirectory lib pkgs; }) fileType;

  # Shorter targets first: a recursive directory comes before what is laid over it.
  files = lib.sort (one: other: lib.stringLength one.target < lib.stringLength other.target) (
    builtins.filter (file: file.enable) (builtins.attrValues config.home.file)
  );

  # The source as a path of the store: a file that lies beside the configuration is copied.
  stored =
    file:
    let
      path = toString file.source;
      isStored = builtins.hasContext path || lib.hasPrefix builtins.storeDir path;
      name = lib.hm.strings.storeFileName (baseNameOf path);
    in
    if isStored then
      file.source
    else
      builtins.path {
        path = file.source;
        inherit name;
      };

  insertions = map (
    file:
    "insert "
    + lib.escapeShellArgs [
      (stored file)
      file.target
      (if file.executable == null then "inherit" else toString file.executable)
      (toString file.recursive)
      (toString file.ignorelinks)
    ]
  ) files;
in
{
  options = {
    home.file = mkOption {
      type = fileType "home.file" "the home directory" homeDirectory;
      default = { };
      description = "Files that are linked into the home.";
    };

    home.fileOverlapResolution = mkOption {
      type = types.enum [
        "ignore"
        "error"
        "override"
      ];
      default = "ignore";
      internal = true;
      description = "What happens when a file lies where a recursive directory has one.";
    };

    home-files = mkOption {
      type = types.package;
      internal = true;
      description = "The tree of all files, as it is linked into the home.";
    };
  };

  config = {
    assertions = [
      (
        let
          byTarget = builtins.groupBy (file: file.target) files;
          twice = builtins.filter (target: builtins.length byTarget.${target} > 1) (
            builtins.attrNames byTarget
          );
        in
        {
          assertion = twice == [ ];
          message = ''
            Conflicting managed target files: ${lib.concatStringsSep ", " twice}

            This may happen, for example, if you have a configuration similar to

                home.file = {
                  conflict1 = { source = ./foo.nix; target = "baz"; };
                  conflict2 = { source = ./bar.nix; target = "baz"; };
                }'';
        }
      )
    ];

    # A store path that is a link to a place outside of the store.
    lib.file.mkOutOfStoreSymlink =
      path:
      let
        target = toString path;
      in
      pkgs.runCommandLocal (lib.hm.strings.storeFileName (baseNameOf target)) { } ''
        ln -s ${lib.escapeShellArg target} "$out"
      '';

    home-files = pkgs.runCommandLocal "home-manager-files" { } ''
      overlap=${fileOverlapResolution}
      ${builtins.readFile ./build.sh}
      ${lib.concatStringsSep "\n" insertions}
    '';
  };
}
