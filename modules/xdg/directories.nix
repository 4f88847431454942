# The base directories of the XDG specification, and files below them.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption mkOptionDefault types;
  cfg = config.xdg;
  inherit (config.home) homeDirectory stateVersion;
  inherit (import ../files/file-type.nix { inherit homeDirectory lib pkgs; }) fileType;

  # The option's prefix, its variable, and its default below the home.
  kinds = {
    cache = {
      variable = "XDG_CACHE_HOME";
      default = ".cache";
    };
    config = {
      variable = "XDG_CONFIG_HOME";
      default = ".config";
    };
    data = {
      variable = "XDG_DATA_HOME";
      default = ".local/share";
    };
    state = {
      variable = "XDG_STATE_HOME";
      default = ".local/state";
    };
    bin = {
      variable = "XDG_BIN_HOME";
      default = ".local/bin";
    };
  };

  withFiles = removeAttrs kinds [ "bin" ];

  variables = lib.mapAttrs' (name: kind: {
    name = kind.variable;
    value = cfg."${name}Home";
  }) kinds;

  # Before 20.09 the environment decided, unless the directories were managed.
  defaultOf =
    kind:
    let
      fromEnvironment = builtins.getEnv kind.variable;
      usual = "${homeDirectory}/${kind.default}";
    in
    if !cfg.enable && lib.versionOlder stateVersion "20.09" && fromEnvironment != "" then
      fromEnvironment
    else
      usual;
in
{
  options.xdg = {
    enable = lib.mkEnableOption "management of the XDG base directories";
    localBinInPath = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `xdg.binHome` is in PATH.";
    };
  }
  // lib.mapAttrs' (name: kind: {
    name = "${name}Home";
    value = mkOption {
      type = types.path;
      apply = toString;
      defaultText = "~/${kind.default}";
      description = "The directory that ${kind.variable} names.";
    };
  }) kinds
  // lib.mapAttrs' (name: _kind: {
    name = "${name}File";
    value = mkOption {
      type = fileType "xdg.${name}File" "`xdg.${name}Home`" cfg."${name}Home";
      default = { };
      description = "Files that are linked into `xdg.${name}Home`.";
    };
  }) withFiles;

  config = {
    xdg = lib.mapAttrs' (name: kind: {
      name = "${name}Home";
      value = mkOptionDefault (defaultOf kind);
    }) kinds;

    home = {
      sessionVariables = mkIf cfg.enable variables;
      sessionPath = mkIf (cfg.enable && cfg.localBinInPath) (lib.mkAfter [ cfg.binHome ]);
      file = lib.mkMerge (
        lib.mapAttrsToList (
          name: _kind:
          lib.mapAttrs' (file: value: {
            name = "${cfg."${name}Home"}/${file}";
            inherit value;
          }) cfg."${name}File"
        ) withFiles
        ++ [
          { "${cfg.cacheHome}/.keep".text = ""; }
          { "${cfg.stateHome}/.keep".text = ""; }
        ]
      );
    };

    systemd.user.sessionVariables = mkIf cfg.enable variables;
  };
}
