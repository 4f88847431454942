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

  isLegacy = lib.versionOlder stateVersion "26.05";

  pathString = types.coercedTo types.path toString types.str;

  # The names of their options and of the directories.
  wellKnown = {
    desktop = "Desktop";
    documents = "Documents";
    download = "Downloads";
    music = "Music";
    pictures = "Pictures";
    projects = "Projects";
    publicShare = "Public";
    templates = "Templates";
    videos = "Videos";
  };

  directoryOption =
    name: directory:
    mkOption {
      type = types.nullOr pathString;
      default = "${homeDirectory}/${directory}";
      defaultText = lib.literalExpression ''"''${config.home.homeDirectory}/${directory}"'';
      description = "The directory for `${name}`, or `null` for none.";
    };

  # Once, keys were whole names of variables.
  oldKey = key: builtins.match "XDG_(.*)_DIR" key;

  shortKey =
    key:
    let
      matched = oldKey key;
    in
    if isLegacy && matched != null then builtins.head matched else key;

  directories =
    lib.filterAttrs (_key: directory: directory != null) (
      lib.mapAttrs' (name: _directory: lib.nameValuePair (lib.toUpper name) cfg.${name}) wellKnown
    )
    // lib.mapAttrs' (key: lib.nameValuePair (shortKey key)) cfg.extraConfig;

  variables = lib.mapAttrs' (key: lib.nameValuePair "XDG_${key}_DIR") directories;
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
      description = "Whether to say where documents, music and the like are.";
    };

    package = lib.hm.options.packageOption pkgs "xdg-user-dirs" { nullable = true; };

    extraConfig = mkOption {
      type = types.attrsOf pathString;
      default = { };
      example = lib.literalExpression ''{ MISC = "''${config.home.homeDirectory}/Misc"; }'';
      description = "Further directories; `MISC` becomes {env}`XDG_MISC_DIR`.";
    };

    createDirectories = lib.mkEnableOption "making those directories that are not there";

    setSessionVariables = mkOption {
      type = types.bool;
      inherit
        (lib.hm.deprecations.mkStateVersionOptionDefault {
          inherit stateVersion;
          since = "26.05";
          optionPath = [
            "xdg"
            "userDirs"
            "setSessionVariables"
          ];
          legacy.value = true;
          current.value = false;
        })
        default
        defaultText
        ;
      description = ''
        Whether variables like {env}`XDG_DESKTOP_DIR` are set as well. Programs rather ask
        {command}`xdg-user-dir`.
      '';
    };
  }
  // lib.mapAttrs directoryOption wellKnown;

  config = lib.mkIf cfg.enable {
    warnings = map (
      key:
      lib.hm.deprecations.mkDeprecatedOptionValueWarning {
        option = [
          "xdg"
          "userDirs"
          "extraConfig"
        ];
        old = "keys like `${key}`";
        replacement = "keys like `${shortKey key}`";
      }
    ) (lib.optionals isLegacy (
      builtins.filter (key: oldKey key != null) (builtins.attrNames cfg.extraConfig)
    ));

    xdg.configFile = {
      "user-dirs.dirs".text = lib.generators.toKeyValue { } (
        lib.mapAttrs (_name: directory: ''"${directory}"'') variables
      );
      "user-dirs.conf".text = "enabled=False";
    };

    home.packages = lib.optional (cfg.package != null) cfg.package;

    home.sessionVariables = lib.mkIf cfg.setSessionVariables variables;

    home.activation.createXdgUserDirectories = lib.mkIf cfg.createDirectories (
      lib.hm.dag.entryAfter [ "linkGeneration" ] (
        lib.concatMapStrings (directory: ''
          [[ -L "${directory}" ]] || run mkdir -p $VERBOSE_ARG "${directory}"
        '') (builtins.attrValues directories)
      )
    );
  };
}
