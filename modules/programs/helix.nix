{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) installPrefix packageOption;

  cfg = config.programs.helix;

  tomlFormat = pkgs.formats.toml { };

  # helix finds language servers in its own PATH.
  wrapped = pkgs.symlinkJoin {
    name = "${lib.getName cfg.package}-wrapped-${lib.getVersion cfg.package}";
    paths = [ cfg.package ];
    preferLocalBuild = true;
    nativeBuildInputs = [ pkgs.makeWrapper ];
    postBuild = ''
      wrapProgram $out/bin/hx \
        --suffix PATH : ${lib.makeBinPath cfg.extraPackages}
    '';
  };

  # Makes running ones read their configuration again.
  onChange =
    let
      prefix =
        if pkgs.stdenv.hostPlatform.isDarwin then "/usr" else installPrefix (pkgs.procps or null);
    in
    "${prefix}/bin/pkill -USR1 -u $USER -x '(hx|\\.hx-wrapped)' || true";

  settingsFile = tomlFormat.generate "config.toml" cfg.settings;
  extraConfigFile = pkgs.writeText "extra-config.toml" (
    lib.optionalString (cfg.settings != { }) "\n" + cfg.extraConfig
  );

  themeFile = name: theme: {
    name = "helix/themes/${name}.toml";
    value = {
      inherit onChange;
      source =
        if lib.isString theme then
          pkgs.writeText "helix-theme-${name}" theme
        else if lib.isPath theme || lib.isStorePath theme then
          theme
        else
          tomlFormat.generate "helix-theme-${name}" theme;
    };
  };
in
{
  options.programs.helix = {
    enable = lib.mkEnableOption "the editor helix";

    package = packageOption pkgs "helix" {
      nullable = true;
      example = [ "evil-helix" ];
    };

    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.marksman ]";
      description = "Packages whose programs helix can run.";
    };

    settings = mkOption {
      inherit (tomlFormat) type;
      default = { };
      example.theme = "base16";
      description = "Contents of {file}`$XDG_CONFIG_HOME/helix/config.toml`.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines for the end of that file, where the order of settings matters.";
    };

    languages = mkOption {
      type = types.coercedTo (types.listOf tomlFormat.type) (language: { inherit language; }) (
        types.addCheck tomlFormat.type lib.isAttrs
      );
      default = { };
      example.language = [
        {
          name = "rust";
          auto-format = false;
        }
      ];
      description = "Contents of {file}`$XDG_CONFIG_HOME/helix/languages.toml`.";
    };

    ignores = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ ".build/" ];
      description = "Patterns that the file picker ignores.";
    };

    themes = mkOption {
      type = types.attrsOf (
        types.oneOf [
          tomlFormat.type
          types.path
          types.lines
        ]
      );
      default = { };
      example.mine.comment.fg = "gray";
      description = "Themes by name: their contents, a file with them, or its text.";
    };

    defaultEditor = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `EDITOR` and `VISUAL` are {command}`hx`.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.package != null || cfg.extraPackages == [ ];
        message = "programs.helix.extraPackages require programs.helix.package to not be null";
      }
    ];

    warnings = lib.optional (lib.any lib.isList options.programs.helix.languages.definitions) (
      lib.hm.deprecations.mkDeprecatedOptionValueWarning {
        option = [
          "programs"
          "helix"
          "languages"
        ];
        old = "a list";
        replacement = "`programs.helix.languages.language`";
        details = ''
          This option now generates the whole languages.toml file instead of just the language array in that file.

          Use:
            programs.helix.languages = { language = <languages list>; }
        '';
      }
    );

    home.packages = lib.optional (cfg.package != null) (
      if cfg.extraPackages == [ ] then cfg.package else wrapped
    );

    home.sessionVariables = mkIf cfg.defaultEditor {
      EDITOR = "hx";
      VISUAL = "hx";
    };

    xdg.configFile = {
      "helix/config.toml" = mkIf (cfg.settings != { } || cfg.extraConfig != "") {
        inherit onChange;
        source = pkgs.runCommand "helix-config.toml" { } ''
          cat ${settingsFile} ${extraConfigFile} > $out
        '';
      };

      "helix/languages.toml" = mkIf (cfg.languages != { }) {
        inherit onChange;
        source = tomlFormat.generate "helix-languages-config" cfg.languages;
      };

      "helix/ignore" = mkIf (cfg.ignores != [ ]) { text = lib.concatLines cfg.ignores; };
    }
    // lib.mapAttrs' themeFile cfg.themes;
  };
}
