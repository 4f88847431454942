# The base directories of the XDG specification, and files in them.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.xdg;

  inherit (config.home) homeDirectory;

  inherit
    (import ../../lib/file-type.nix {
      inherit homeDirectory lib pkgs;
    })
    fileType
    ;

  # By the first part of the names of their options.
  directories = {
    bin = {
      place = ".local/bin";
      content = "programs of the user";
    };
    cache = {
      place = ".cache";
      content = "caches";
      hasFiles = true;
    };
    config = {
      place = ".config";
      content = "configuration";
      hasFiles = true;
    };
    data = {
      place = ".local/share";
      content = "data";
      hasFiles = true;
    };
    state = {
      place = ".local/state";
      content = "state";
      hasFiles = true;
    };
  };

  withFiles = lib.filterAttrs (_name: directory: directory.hasFiles or false) directories;

  variable = name: "XDG_${lib.toUpper name}_HOME";

  variables = lib.mapAttrs' (
    name: _directory: lib.nameValuePair (variable name) cfg."${name}Home"
  ) directories;

  # Old configurations take it from whoever builds them.
  isImpure = !cfg.enable && lib.versionOlder config.home.stateVersion "20.09";

  default =
    name:
    let
      fixed = "${homeDirectory}/${directories.${name}.place}";
      found = if isImpure then builtins.getEnv (variable name) else "";
    in
    if found == "" then fixed else found;

  homeOption =
    name: directory:
    lib.nameValuePair "${name}Home" (mkOption {
      type = types.path;
      defaultText = "~/${directory.place}";
      apply = toString;
      description = ''
        The directory with ${directory.content}. If {option}`xdg.enable` is set, {env}`${variable name}`
        says so to programs.
      '';
    });

  fileOption =
    name: directory:
    lib.nameValuePair "${name}File" (mkOption {
      type = fileType "xdg.${name}File" "{option}`xdg.${name}Home`" cfg."${name}Home";
      default = { };
      description = "Files to link into the directory with ${directory.content}.";
    });

  placed =
    name:
    lib.mapAttrs' (file: lib.nameValuePair "${cfg."${name}Home"}/${file}") cfg."${name}File";
in
{
  imports = [
    ./autostart.nix
    ./desktop-entries.nix
    ./mime.nix
    ./mime-apps.nix
    ./portal.nix
    ./system-dirs.nix
    ./terminal-exec.nix
    ./user-dirs.nix
  ];

  options.xdg = {
    enable = lib.mkEnableOption "variables for the XDG base directories";

    localBinInPath = mkOption {
      type = types.bool;
      default = false;
      description = "Whether programs in {option}`xdg.binHome` are found, if {option}`xdg.enable` is set.";
    };
  }
  // lib.mapAttrs' homeOption directories
  // lib.mapAttrs' fileOption withFiles;

  config = lib.mkMerge [
    {
      xdg = lib.mapAttrs' (
        name: _directory: lib.nameValuePair "${name}Home" (lib.mkOptionDefault (default name))
      ) directories;

      home.file = lib.mkMerge (
        map placed (builtins.attrNames withFiles)
        ++ [
          # These have to be directories for programs to use them.
          { "${cfg.cacheHome}/.keep".text = ""; }
          { "${cfg.stateHome}/.keep".text = ""; }
        ]
      );
    }

    (lib.mkIf cfg.enable {
      home.sessionVariables = variables;
      systemd.user.sessionVariables = variables;
      home.sessionPath = lib.mkIf cfg.localBinInPath (lib.mkAfter [ cfg.binHome ]);
    })
  ];
}
