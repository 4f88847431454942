{
  cfg,
  config,
  lib,
  types,
  ...
}:

let
  pls = lib.hm.options.programPath' cfg.package "pls";
  aliases = {
    ls = pls;
    ll = "${pls} -d perm -d user -d group -d size -d mtime -d git";
  };
in
{
  title = "pls, which lists directories";
  docs = "https://pls.cli.rs/";

  removed.enableAliases = ''
    'programs.pls.enableAliases' has been deprecated and replaced with integration
    options per shell, for example, 'programs.pls.enableBashIntegration'.

    Note, the default for these options is 'true' so if you want to enable the
    aliases you can simply remove 'programs.pls.enableAliases' from your
    configuration.'';

  options = {
    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };
  };

  config.programs = {
    bash.shellAliases = lib.mkIf cfg.enableBashIntegration aliases;
    zsh.shellAliases = lib.mkIf cfg.enableZshIntegration aliases;
    fish = lib.mkIf cfg.enableFishIntegration {
      shellAbbrs = lib.mkIf config.programs.fish.preferAbbrs aliases;
      shellAliases = lib.mkIf (!config.programs.fish.preferAbbrs) aliases;
    };
  };
}
