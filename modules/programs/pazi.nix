{
  cfg,
  config,
  exe,
  lib,
  ...
}:

{
  title = "pazi, which goes to directories by parts of their names";
  docs = "https://github.com/euank/pazi";

  shells = {
    bash = ''
      eval "$(${exe} init bash)"
    '';
    zsh = ''
      eval "$(${exe} init zsh)"
    '';
  };
  shellOptions.fish.shellInit = ''
    ${exe} init fish | source
  '';
}
