{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption optionalAttrs types;

  cfg = config.programs.eza;

  yamlFormat = pkgs.formats.yaml { };

  icons = if cfg.icons == true then "auto" else if cfg.icons == false then null else cfg.icons;

  arguments = lib.escapeShellArgs (
    lib.optionals (icons != null) [
      "--icons"
      icons
    ]
    ++ lib.optionals (cfg.colors != null) [
      "--color"
      cfg.colors
    ]
    ++ lib.optional cfg.git "--git"
    ++ cfg.extraOptions
  );

  # Holds in every shell, and in the aliases below too, which call it.
  ownAlias = optionalAttrs (arguments != "") { eza = "eza ${arguments}"; };

  lsAliases = lib.mapAttrs (_name: lib.mkDefault) {
    ls = "eza";
    ll = "eza -l";
    la = "eza -a";
    lla = "eza -la";
    lt = "eza --tree";
  };

  aliases = enabled: ownAlias // optionalAttrs enabled lsAliases;

  whenOption = values: description: mkOption {
    type = types.enum (
      [ null ]
      ++ values
      ++ [
        "auto"
        "always"
        "never"
      ]
    );
    default = null;
    inherit description;
  };

  fishLs = optionalAttrs cfg.enableFishIntegration lsAliases;
  inherit (config.programs.fish) preferAbbrs;
in
{
  imports =
    map
      (name: lib.mkRenamedOptionModule [ "programs" "exa" name ] [ "programs" "eza" name ])
      [
        "enable"
        "extraOptions"
        "icons"
        "git"
      ]
    ++ [
      (lib.mkRemovedOptionModule [ "programs" "eza" "enableAliases" ] ''
        'programs.eza.enableAliases' has been deprecated and replaced with integration
        options per shell, for example, 'programs.eza.enableBashIntegration'.

        Note, the default for these options is 'true' so if you want to enable the
        aliases you can simply remove 'programs.eza.enableAliases' from your
        configuration.'')
    ];

  options.programs.eza = {
    enable = lib.mkEnableOption "eza, a replacement of {command}`ls`";

    package = lib.hm.options.packageOption pkgs "eza" { nullable = true; };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableIonIntegration = lib.hm.shell.mkIonIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };
    # There ls gives a table, which eza cannot replace.
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; } // {
      default = false;
      example = true;
    };

    icons = whenOption [ true false ] "When to show icons; a boolean is deprecated.";
    colors = whenOption [ ] "When to use colours.";

    git = mkOption {
      type = types.bool;
      default = false;
      description = "Whether to show the state of files in Git.";
    };

    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--group-directories-first" ];
      description = "Further command line options.";
    };

    theme = mkOption {
      inherit (yamlFormat) type;
      default = { };
      description = "Contents of {file}`$XDG_CONFIG_HOME/eza/theme.yml`.";
    };
  };

  config = lib.mkIf cfg.enable {
    warnings = lib.optional (lib.isBool cfg.icons) ''
      Setting programs.eza.icons to a Boolean is deprecated.
      Please update your configuration so that

        programs.eza.icons = ${if cfg.icons then ''"auto"'' else "null"}'';

    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile."eza/theme.yml" = lib.mkIf (cfg.theme != { }) {
      source = yamlFormat.generate "eza-theme" cfg.theme;
    };

    programs = {
      bash.shellAliases = aliases cfg.enableBashIntegration;
      zsh.shellAliases = aliases cfg.enableZshIntegration;
      nushell.shellAliases = aliases cfg.enableNushellIntegration;
      fish = {
        shellAliases = if preferAbbrs then ownAlias else ownAlias // fishLs;
        shellAbbrs = lib.mkIf preferAbbrs fishLs;
      };
    }
    // optionalAttrs (options.programs ? ion) { ion.shellAliases = aliases cfg.enableIonIntegration; };
  };
}
