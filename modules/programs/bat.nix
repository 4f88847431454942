{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.bat;

  flagLine = name: value: "--${name}=${lib.escapeShellArg value}\n";

  # Options with a value first, then those without.
  configText =
    let
      switches = lib.filterAttrs (_name: lib.isBool) cfg.config;
      valued = lib.filterAttrs (_name: value: !lib.isBool value) cfg.config;
    in
    lib.concatStrings (
      lib.concatLists (lib.mapAttrsToList (name: value: map (flagLine name) (lib.toList value)) valued)
      ++ lib.concatLists (
        lib.mapAttrsToList (name: enabled: lib.optional enabled "--${name}\n") switches
      )
    );

  assetOption = kind: mkOption {
    type = types.attrsOf (
      types.either types.lines (
        types.submodule {
          options = {
            src = mkOption {
              type = types.path;
              description = "The file, or a directory with it.";
            };

            file = mkOption {
              type = types.nullOr types.str;
              default = null;
              description = "Path of the file in `src`.";
            };
          };
        }
      )
    );
    default = { };
    example = lib.literalExpression ''{ dracula = { src = ./sublime; file = "Dracula.tmTheme"; }; }'';
    description = "Further ${kind} by name.";
  };

  assetFiles =
    directory: extension:
    lib.mapAttrs' (
      name: asset:
      lib.nameValuePair "bat/${directory}/${name}.${extension}" (
        if lib.isString asset then
          { text = asset; }
        else
          { source = "${asset.src}" + lib.optionalString (asset.file != null) "/${asset.file}"; }
      )
    );

  deprecatedText =
    option:
    lib.optional (lib.any lib.isString (lib.attrValues cfg.${option})) ''
      Using programs.bat.${option} as a string option is deprecated and will be
      removed in the future. Please change to using it as an attribute set
      instead.
    '';

  bat = lib.hm.options.programPath cfg.package "bat";
in
{
  options.programs.bat = {
    enable = lib.mkEnableOption "bat";

    package = lib.hm.options.packageOption pkgs "bat" { nullable = true; };

    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.bat-extras.batgrep ]";
      description = "Packages to install with it.";
    };

    config = mkOption {
      type =
        with types;
        attrsOf (oneOf [
          str
          (listOf str)
          bool
        ]);
      default = { };
      example = {
        theme = "TwoDark";
        map-syntax = [ "*.jenkinsfile:Groovy" ];
      };
      description = "Command line options that bat always has.";
    };

    themes = assetOption "themes";
    syntaxes = assetOption "syntaxes";
  };

  config = lib.mkIf cfg.enable {
    warnings = lib.concatMap deprecatedText [
      "themes"
      "syntaxes"
    ];

    home.packages = lib.optional (cfg.package != null) cfg.package ++ cfg.extraPackages;

    xdg.configFile = {
      "bat/config" = lib.mkIf (cfg.config != { }) { text = configText; };
    }
    // assetFiles "themes" "tmTheme" cfg.themes
    // assetFiles "syntaxes" "sublime-syntax" cfg.syntaxes;

    # The directory is empty because bat takes a file called "cache" in the working directory
    # for what it shall show: https://github.com/sharkdp/bat/issues/1726
    home.activation.batCache = lib.hm.dag.entryAfter [ "linkGeneration" ] (
      if cfg.package == null then
        ''
          if command -v bat > /dev/null; then
            (
              export XDG_CACHE_HOME=${lib.escapeShellArg config.xdg.cacheHome}
              verboseEcho "Rebuilding bat theme cache"
              cd "$(mktemp --directory)"
              run bat cache --build
            )
          fi
        ''
      else
        ''
          (
            export XDG_CACHE_HOME=${lib.escapeShellArg config.xdg.cacheHome}
            verboseEcho "Rebuilding bat theme cache"
            cd "${pkgs.emptyDirectory}"
            run ${bat} cache --build
          )
        ''
    );
  };
}
