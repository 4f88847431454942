{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;

  cfg = config.programs.lsd;

  yamlFormat = pkgs.formats.yaml { };

  lsd = lib.hm.options.programPath' (pkgs.lsd or null) "lsd";

  aliases = {
    ls = lsd;
    ll = "${lsd} -l";
    la = "${lsd} -A";
    lla = "${lsd} -lA";
    lt = "${lsd} --tree";
    llt = "${lsd} -l --tree";
  };

  inherit (config.programs.fish) preferAbbrs;

  fileOption = file: mkOption {
    type = types.either yamlFormat.type types.path;
    default = { };
    description = "Contents of {file}`$XDG_CONFIG_HOME/lsd/${file}.yaml`, or a file with them.";
  };

  configFile =
    name: value:
    mkIf (value != { }) {
      source = if types.path.check value then value else yamlFormat.generate "lsd-${name}" value;
    };
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "programs" "lsd" "enableAliases" ] ''
      'programs.lsd.enableAliases' has been deprecated and replaced with integration
      options per shell, for example, 'programs.lsd.enableBashIntegration'.

      Note, the default for these options is 'true' so if you want to enable the
      aliases you can simply remove 'programs.lsd.enableAliases' from your
      configuration.'')
  ];

  options.programs.lsd = {
    enable = lib.mkEnableOption "lsd, a replacement of {command}`ls`";

    package = lib.hm.options.packageOption pkgs "lsd" { nullable = true; };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };

    settings = mkOption {
      inherit (yamlFormat) type;
      default = { };
      example.date = "relative";
      description = "Contents of {file}`$XDG_CONFIG_HOME/lsd/config.yaml`.";
    };

    # With colours of its own, lsd has the theme "custom".
    colors = fileOption "colors";
    icons = fileOption "icons";
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    programs = {
      bash.shellAliases = mkIf cfg.enableBashIntegration aliases;
      zsh.shellAliases = mkIf cfg.enableZshIntegration aliases;
      fish.shellAliases = mkIf (cfg.enableFishIntegration && !preferAbbrs) aliases;
      fish.shellAbbrs = mkIf (cfg.enableFishIntegration && preferAbbrs) aliases;
      lsd.settings.color.theme = mkIf (cfg.colors != { }) "custom";
    };

    xdg.configFile = {
      "lsd/colors.yaml" = configFile "colors" cfg.colors;
      "lsd/config.yaml" = configFile "config" cfg.settings;
      "lsd/icons.yaml" = configFile "icons" cfg.icons;
    };
  };
}
