# The files of a home.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.home;

  inherit
    (import ../lib/file-type.nix {
      inherit lib pkgs;
      inherit (cfg) homeDirectory;
    })
    fileType
    ;

  # Short targets first: a directory comes before what is put into it.
  files = lib.sortOn (file: lib.stringLength file.target) (
    builtins.filter (file: file.enable) (builtins.attrValues cfg.file)
  );

  # Sources that are not in the store yet are copied to it, each by itself.
  inStore =
    file:
    let
      source = toString file.source;
    in
    if builtins.hasContext source then
      file.source
    else
      builtins.path {
        path = file.source;
        name = lib.hm.strings.storeFileName (baseNameOf source);
      };

  byTarget = builtins.groupBy (file: file.target) files;

  conflicts = builtins.filter (target: builtins.length byTarget.${target} > 1) (
    builtins.attrNames byTarget
  );

  checks = import ./checks.nix {
    inherit lib options;
    files = lib.filterAttrs (_name: file: file.enable) cfg.file;
    overlap = cfg.fileOverlapResolution;
  };

  package = import ./home-files.nix {
    inherit lib pkgs;
    overlap = cfg.fileOverlapResolution;
    files = map (
      target:
      let
        file = builtins.head byTarget.${target};
      in
      {
        inherit (file)
          target
          executable
          recursive
          ignorelinks
          ;
        source = inStore file;
      }
    ) (lib.sortOn lib.stringLength (builtins.attrNames byTarget));
  };

  watched = builtins.filter (file: file.onChange != "") files;

  blocks = import ./activation-blocks.nix {
    inherit lib watched inStore;
    inherit (cfg) homeDirectory;
    forced = builtins.filter (file: file.force) files;
  };
in
{
  options = {
    home.file = mkOption {
      type = fileType "home.file" "{env}`HOME`" cfg.homeDirectory;
      default = { };
      description = "Files to link into the home, by their path in it.";
    };

    home.fileOverlapResolution = mkOption {
      type = types.enum [
        "ignore"
        "error"
        "override"
      ];
      default = "ignore";
      visible = false;
      description = ''
        What happens to a file whose place is taken by one of a recursive directory: nothing,
        the build fails, or it replaces the other.
      '';
    };

    home-files = mkOption {
      type = types.package;
      internal = true;
      description = "The package with all files of the home.";
    };
  };

  config = {
    assertions = [
      {
        assertion = conflicts == [ ];
        message = ''
          Conflicting managed target files: ${lib.concatStringsSep ", " conflicts}

          This may happen, for example, if you have a configuration similar to

              home.file = {
                conflict1 = { source = ./foo.nix; target = "baz"; };
                conflict2 = { source = ./bar.nix; target = "baz"; };
              }'';
      }
    ]
    ++ checks.assertions;


    # A store path that is a link to somewhere else, as the source of a file that can be
    # changed without building the home again.
    lib.file.mkOutOfStoreSymlink =
      path:
      let
        target = toString path;
        name = lib.hm.strings.storeFileName (baseNameOf target);
      in
      if pkgs.isHomeManagerEmbedded or false then
        pkgs.hostBuilders.stepsDerivation "" "symlink ${lib.escapeShellArg target} ''\n" { inherit name; }
      else
        pkgs.runCommandLocal name { } ''
          ln -s ${lib.escapeShellArg target} $out
        '';

    # Warnings that look at the files' contents are no part of `warnings`, which a file may contain.
    home-files = lib.foldl' (package: message: lib.warn message package) package checks.warnings;

    home.activation = {
      checkLinkTargets = lib.hm.dag.entryBefore [ "writeBoundary" ] blocks.checkLinkTargets;
      linkGeneration = lib.hm.dag.entryAfter [ "writeBoundary" ] blocks.linkGeneration;
      checkFilesChanged = lib.hm.dag.entryBefore [ "linkGeneration" ] blocks.checkFilesChanged;
      onFilesChange = lib.hm.dag.entryAfter [ "linkGeneration" ] blocks.onFilesChange;
    };

    home.internal = {
      # Without a file that is watched there is nothing to do in the other two.
      engineBlocks = {
        inherit (blocks) checkLinkTargets linkGeneration;
      }
      // lib.optionalAttrs (watched == [ ]) {
        inherit (blocks) checkFilesChanged onFilesChange;
      };
      lookingBlocks = {
        inherit (blocks) checkFilesChanged;
      };

      activationManifest.files = map (file: {
        inherit (file) target force recursive;
        onChange = file.onChange != "";
      }) files;
    };
  };
}
