# Documents, Downloads and the like.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.xdg.userDirs;
  inherit (config.home) homeDirectory stateVersion;
  isOld = lib.versionOlder stateVersion "26.05";

  # The option, its name in user-dirs.dirs, its default.
  known = {
    desktop = [ "DESKTOP" "Desktop" ];
    documents = [ "DOCUMENTS" "Documents" ];
    download = [ "DOWNLOAD" "Downloads" ];
    music = [ "MUSIC" "Music" ];
    pictures = [ "PICTURES" "Pictures" ];
    projects = [ "PROJECTS" "Projects" ];
    publicShare = [ "PUBLICSHARE" "Public" ];
    templates = [ "TEMPLATES" "Templates" ];
    videos = [ "VIDEOS" "Videos" ];
  };

  directory = types.coercedTo types.path toString types.str;

  # Keys were whole variables once.
  variableKey = key: builtins.match "XDG_(.*)_DIR" key;
  shortKey = key: if variableKey key == null then key else builtins.head (variableKey key);
  extra =
    if isOld then
      lib.mapAttrs' (key: value: {
        name = shortKey key;
        inherit value;
      }) cfg.extraConfig
    else
      cfg.extraConfig;

  directories =
    lib.filterAttrs (_name: value: value != null) (
      lib.mapAttrs' (option: names: {
        name = builtins.head names;
        value = cfg.${option};
      }) known
    )
    // extra;

  variables = lib.mapAttrs' (name: value: {
    name = "XDG_${name}_DIR";
    inherit value;
  }) directories;
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "xdg" "userDirs" "publishShare" ]
      [ "xdg" "userDirs" "publicShare" ]
    )
  ];

  options.xdg.userDirs = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether user-dirs.dirs is managed.";
    };
    package = lib.hm.options.packageOption pkgs "xdg-user-dirs" { nullable = true; };
    extraConfig = mkOption {
      type = types.attrsOf directory;
      default = { };
      example = lib.literalExpression ''{ MISC = "''${config.home.homeDirectory}/Misc"; }'';
      description = "Other directories: MISC is XDG_MISC_DIR.";
    };
    createDirectories = lib.mkEnableOption "creation of the directories that are not there";
    setSessionVariables = mkOption {
      type = types.bool;
      default = isOld;
      defaultText = lib.literalExpression "true for state versions before 26.05";
      description = "Whether the variables are set in sessions.";
    };
  }
  // lib.mapAttrs (
    _option: names:
    mkOption {
      type = types.nullOr directory;
      default = "${homeDirectory}/${builtins.elemAt names 1}";
      defaultText = lib.literalExpression ''"''${config.home.homeDirectory}/${builtins.elemAt names 1}"'';
      description = "The directory XDG_${builtins.head names}_DIR.";
    }
  ) known;

  config = lib.mkIf cfg.enable {
    warnings = lib.optionals isOld (
      map (
        key:
        lib.hm.deprecations.mkDeprecatedOptionValueWarning {
          option = [ "xdg" "userDirs" "extraConfig" ];
          old = "keys like `${key}`";
          replacement = "keys like `${shortKey key}`";
        }
      ) (builtins.filter (key: variableKey key != null) (builtins.attrNames cfg.extraConfig))
    );

    xdg.configFile = {
      "user-dirs.dirs".text = lib.generators.toKeyValue { } (
        lib.mapAttrs (_name: value: "\"${value}\"") variables
      );
      # Nobody else is to write user-dirs.dirs.
      "user-dirs.conf".text = "enabled=False";
    };

    home = {
      packages = lib.optional (cfg.package != null) cfg.package;
      sessionVariables = lib.mkIf cfg.setSessionVariables variables;
      activation.createXdgUserDirectories = lib.mkIf cfg.createDirectories (
        lib.hm.dag.entryAfter [ "linkGeneration" ] (
          lib.concatMapStringsSep "\n" (
            path: ''[[ -L "${path}" ]] || run mkdir -p $VERBOSE_ARG "${path}"''
          ) (builtins.attrValues directories)
        )
      );
    };
  };
}
