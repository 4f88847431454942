{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.lazygit;

  yamlFormat = pkgs.formats.yaml { };

  configHome =
    if pkgs.stdenv.hostPlatform.isDarwin && !config.xdg.enable then
      "Library/Application Support"
    else
      config.xdg.configHome;

  # Where lazygit writes the directory it was left in.
  directoryFile =
    if config.home.preferXdgDirectories then
      "${config.xdg.cacheHome}/lazygit/newdir"
    else
      "~/.lazygit/newdir";

  posixFunction = ''
    function ${cfg.shellWrapperName}() {
        export LAZYGIT_NEW_DIR_FILE=${directoryFile}
        command lazygit "$@"
        if [ -f $LAZYGIT_NEW_DIR_FILE ]; then
          cd "$(cat $LAZYGIT_NEW_DIR_FILE)"
          rm -f $LAZYGIT_NEW_DIR_FILE > /dev/null
        fi
    }
  '';
in
{
  options.programs.lazygit = {
    enable = lib.mkEnableOption "lazygit";

    package = lib.hm.options.packageOption pkgs "lazygit" { nullable = true; };

    settings = mkOption {
      inherit (yamlFormat) type;
      default = { };
      example.gui.theme.lightTheme = true;
      description = ''
        Contents of {file}`$XDG_CONFIG_HOME/lazygit/config.yml`, which is in
        {file}`~/Library/Application Support` on macOS unless `xdg.enable` is set.
      '';
    };

    shellWrapperName = mkOption {
      type = types.str;
      default = "lg";
      description = "Name of a function that runs lazygit, and goes where it was left.";
    };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    home.file."${configHome}/lazygit/config.yml" = {
      enable = cfg.settings != { };
      source = yamlFormat.generate "lazygit-config" cfg.settings;
    };

    programs = {
      bash.initExtra = mkIf cfg.enableBashIntegration posixFunction;
      zsh.initContent = mkIf cfg.enableZshIntegration posixFunction;

      fish.functions.${cfg.shellWrapperName} = mkIf cfg.enableFishIntegration ''
        set -x LAZYGIT_NEW_DIR_FILE ${directoryFile}
        command lazygit $argv
        if test -f $LAZYGIT_NEW_DIR_FILE
          cd (cat $LAZYGIT_NEW_DIR_FILE)
          rm -f $LAZYGIT_NEW_DIR_FILE
        end
      '';

      nushell.extraConfig = mkIf cfg.enableNushellIntegration ''
        def --env ${cfg.shellWrapperName} [...args] {
          $env.LAZYGIT_NEW_DIR_FILE = "${directoryFile}" | path expand
          lazygit ...$args
          if ($env.LAZYGIT_NEW_DIR_FILE | path exists) {
            cd (open $env.LAZYGIT_NEW_DIR_FILE)
            rm -f $env.LAZYGIT_NEW_DIR_FILE
          }
        }
      '';
    };
  };
}
