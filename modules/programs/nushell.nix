{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.nushell) isNushellInline toNushell;

  cfg = config.programs.nushell;

  # The text of a startup file, or a file with it.
  fileType = types.submodule (
    { config, ... }:
    {
      options = {
        text = mkOption {
          type = types.lines;
          default = lib.optionalString (config.source != null) (builtins.readFile config.source);
          defaultText = lib.literalMD "the contents of `source`";
          description = "Text of the file.";
        };

        source = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "A file with the text.";
        };
      };
    }
  );

  fileOption = name: mkOption {
    type = types.nullOr fileType;
    default = null;
    description = "The file {file}`${name}`.";
  };

  linesOption = name: mkOption {
    type = types.lines;
    default = "";
    description = "Further lines for {file}`${name}`.";
  };

  values = description: mkOption {
    type = types.attrsOf lib.hm.types.nushellValue;
    default = { };
    inherit description;
  };

  fileText = file: mkIf (file != null) file.text;

  # `path = value` for each leaf: to assign a whole record would drop its other fields.
  assignments =
    path: value:
    if lib.isAttrs value && !isNushellInline value then
      lib.concatLists (lib.mapAttrsToList (name: assignments "${path}.${name}") value)
    else
      [ "${path} = ${toNushell { } value}\n" ];

  settings = lib.concatStrings (assignments "$env.config" cfg.settings);

  aliases = lib.concatStrings (
    lib.mapAttrsToList (name: command: "alias ${toNushell { } name} = ${command}\n") cfg.shellAliases
  );

  pluginRegistry = pkgs.runCommand "nushellMsgPackz" { } ''
    mkdir -p "$out"
    ${lib.getExe cfg.package} \
      --plugin-config "$out/plugin.msgpackz" \
      --commands '${
        lib.concatMapStringsSep "; " (plugin: "plugin add ${lib.getExe plugin}") cfg.plugins
      }'
  '';
in
{
  options.programs.nushell = {
    enable = lib.mkEnableOption "management of nushell";

    package = lib.hm.options.packageOption pkgs "nushell" { nullable = true; };

    configDir = mkOption {
      type = types.either types.str types.path;
      default =
        if pkgs.stdenv.hostPlatform.isDarwin && !config.xdg.enable then
          "Library/Application Support/nushell"
        else
          "${config.xdg.configHome}/nushell";
      defaultText = lib.literalExpression ''"''${config.xdg.configHome}/nushell"'';
      description = "Directory of the startup files.";
    };

    configFile = fileOption "config.nu";
    envFile = fileOption "env.nu";
    loginFile = fileOption "login.nu";

    extraConfig = linesOption "config.nu";
    extraEnv = linesOption "env.nu";
    extraLogin = linesOption "login.nu";

    settings = values "Values of fields of `$env.config`, each assigned on its own." // {
      example = {
        show_banner = false;
        history.format = "sqlite";
      };
    };

    environmentVariables =
      values "Variables of the environment; `lib.hm.nushell.mkNushellInline` makes an expression."
      // {
        example.FOO = "BAR";
      };

    shellAliases = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example.ll = "ls -l";
      description = "Commands by the name of their alias.";
    };

    plugins = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.nushellPlugins.formats ]";
      description = "Plugins to register.";
    };
  };

  config = mkIf cfg.enable {
    warnings = lib.optional (cfg.package == null && cfg.plugins != [ ]) ''
      You have configured `plugins` for `nushell` but have not set `package`.

      The listed plugins will not be installed.
    '';

    home.packages = lib.optional (cfg.package != null) cfg.package;

    # The registry names them in a form that hides them from the garbage collector.
    home.extraDependencies = cfg.plugins;

    home.file = {
      "${cfg.configDir}/config.nu" =
        mkIf
          (
            cfg.configFile != null
            || cfg.extraConfig != ""
            || cfg.shellAliases != { }
            || cfg.settings != { }
            || cfg.environmentVariables != { }
          )
          {
            text = lib.mkMerge [
              (mkIf (cfg.environmentVariables != { }) ''
                load-env ${toNushell { } cfg.environmentVariables}
              '')
              (mkIf (cfg.settings != { }) settings)
              (fileText cfg.configFile)
              cfg.extraConfig
              aliases
            ];
          };

      "${cfg.configDir}/env.nu" = mkIf (cfg.envFile != null || cfg.extraEnv != "") {
        text = lib.mkMerge [
          (fileText cfg.envFile)
          cfg.extraEnv
        ];
      };

      "${cfg.configDir}/login.nu" = mkIf (cfg.loginFile != null || cfg.extraLogin != "") {
        text = lib.mkMerge [
          (fileText cfg.loginFile)
          cfg.extraLogin
        ];
      };

      "${cfg.configDir}/plugin.msgpackz" = mkIf (cfg.package != null && cfg.plugins != [ ]) {
        source = "${pluginRegistry}/plugin.msgpackz";
      };
    };
  };
}
