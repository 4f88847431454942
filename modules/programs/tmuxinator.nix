# Projects of tmuxinator, which belong to tmux.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.tmux.tmuxinator;

  yaml = pkgs.formats.yaml { };
in
{
  options.programs.tmux.tmuxinator = {
    enable = lib.mkEnableOption "tmuxinator, which starts sessions of tmux";

    package = lib.hm.options.packageOption pkgs "tmuxinator" { nullable = true; };

    projects = lib.mkOption {
      type = lib.types.attrsOf yaml.type;
      default = { };
      example.website = {
        root = "~/code/website";
        windows = [ { server = "bundle exec rails s"; } ];
      };
      description = "Projects by name, in {file}`$XDG_CONFIG_HOME/tmuxinator`. See <https://github.com/tmuxinator/tmuxinator>.";
    };
  };

  config = lib.mkIf (config.programs.tmux.enable && cfg.enable) {
    home.packages = lib.mkIf (cfg.package != null) [ cfg.package ];

    xdg.configFile = lib.hm.files.inDirectory "tmuxinator" ".yml" (name: project: {
      source = yaml.generate "${name}.yml" project;
    }) cfg.projects;
  };
}
