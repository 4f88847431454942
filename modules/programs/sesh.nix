{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  icons = lib.escapeShellArgs (lib.optional cfg.icons "--icons");
  ansi = lib.escapeShellArgs (lib.optional cfg.icons "--ansi");
  toml = pkgs.formats.toml { };
in
{
  title = "sesh, which manages sessions of tmux";
  docs = "https://github.com/joshmedeski/sesh#configuration";

  options = {
    fzfPackage = lib.hm.options.packageOption pkgs "fzf" { nullable = true; };
    zoxidePackage = lib.hm.options.packageOption pkgs "zoxide" { nullable = true; };
    settings = option (types.submodule { freeformType = toml.type; }) { } "Contents of {file}`~/.config/sesh/sesh.toml`. See <https://github.com/joshmedeski/sesh#configuration>.";
    enableAlias = option types.bool true "Whether `s` is an alias that goes to a session.";
    enableTmuxIntegration = option types.bool true "Whether a key of tmux goes to a session.";
    tmuxKey = option types.str "s" "The key, after the prefix.";
    icons = option types.bool true "Whether icons are shown.";
  };

  config = [
    {
      home.file.".config/sesh/sesh.toml".source = toml.generate "sesh.toml" cfg.settings;
    }
    (lib.mkIf cfg.enableAlias {
      home.packages = lib.mkIf (cfg.fzfPackage != null) [ cfg.fzfPackage ];
      home.shellAliases.s = "sesh connect $(sesh list ${icons} | fzf ${ansi})";
    })
    (lib.mkIf cfg.enableTmuxIntegration {
      assertions = [
        {
          assertion = config.programs.fzf.tmux.enableShellIntegration;
          message = "To use Tmux integration with sesh, enable `programs.fzf.tmux.enableShellIntegration`.";
        }
      ];

      home.packages = lib.mkIf (cfg.zoxidePackage != null) [ cfg.zoxidePackage ];

      programs.tmux.extraConfig = ''
        bind-key "${cfg.tmuxKey}" run-shell "sesh connect \"$(
          sesh list ${icons} | fzf --tmux 80%,70% \
            --no-sort --ansi --border-label ' sesh ' --prompt '⚡  ' \
            --header '  ^a all ^t tmux ^g configs ^x zoxide ^d tmux kill ^f find' \
            --bind 'tab:down,btab:up' \
            --bind 'ctrl-a:change-prompt(⚡  )+reload(sesh list ${icons})' \
            --bind 'ctrl-t:change-prompt(🪟  )+reload(sesh list ${icons} -t)' \
            --bind 'ctrl-g:change-prompt(⚙️  )+reload(sesh list ${icons} -c)' \
            --bind 'ctrl-x:change-prompt(📁  )+reload(sesh list ${icons} -z)' \
            --bind 'ctrl-f:change-prompt(🔎  )+reload(fd -H -d 2 -t d -E .Trash . ~)' \
            --bind 'ctrl-d:execute(tmux kill-session -t {2..})+change-prompt(⚡  )+reload(sesh list ${icons})' \
            --preview-window 'right:55%' \
            --preview 'sesh preview {}' \
            -- ${ansi}
        )\""
      '';
    })
  ];
}
