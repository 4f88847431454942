{
  cfg,
  exe,
  lib,
  option,
  types,
  ...
}:

{
  title = "Tirith, which guards shells";
  docs = "https://github.com/sheeki03/tirith";

  files.policy = {
    format = "yaml";
    storeName = "tirith-policy.yaml";
    xdg = "tirith/policy.yaml";
    example.fail_mode = "open";
  };

  shells = {
    bash = ''
      eval "$(${exe} init --shell bash)"
    '';
    fish = ''
      ${exe} init --shell fish | source
    '';
    zsh = ''
      eval "$(${exe} init --shell zsh)"
    '';
  };

  options.allowlist = option (types.listOf types.str) [ ] "Hosts and addresses that are never blocked." // {
    apply = lib.filter (entry: entry != "");
    example = [ "localhost" ];
  };

  config.xdg.configFile."tirith/allowlist" = lib.mkIf (cfg.allowlist != [ ]) {
    text = lib.concatLines cfg.allowlist;
  };
}
