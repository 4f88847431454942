{
  cfg,
  lib,
  option,
  types,
  ...
}:

let
  posix = ''
    function ${cfg.shellWrapperName}() {
      local lazyworktree_dir
      lazyworktree_dir="$(command lazyworktree "$@")" || return
      [ -n "$lazyworktree_dir" ] && [ -d "$lazyworktree_dir" ] && cd "$lazyworktree_dir"
    }
  '';
in
{
  title = "lazyworktree, which manages worktrees of Git";
  docs = "https://github.com/chmouel/lazyworktree";

  files.settings = {
    format = "yaml";
    storeName = "lazyworktree.yaml";
    xdg = "lazyworktree/config.yaml";
    example.sort_mode = "switched";
  };

  shells = {
    bash = posix;
    zsh = posix;
  };
  shellOptions.fish.functions.${cfg.shellWrapperName} = ''
    set -l lazyworktree_dir (command lazyworktree $argv)
    or return

    if test -n "$lazyworktree_dir"; and test -d "$lazyworktree_dir"
      cd "$lazyworktree_dir"
    end
  '';

  options.shellWrapperName = option types.str "lwt" "Name of a function that runs lazyworktree, and goes where it was left." // {
    example = "wt";
  };
}
