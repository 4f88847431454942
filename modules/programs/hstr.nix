{ cfg, lib, types, ... }:

let
  hstr = lib.hm.options.programPath' cfg.package "hstr";
in
{
  title = "HSTR, which searches the history of Bash and Zsh";
  docs = "https://github.com/dvorka/hstr/blob/master/CONFIGURATION.md";

  shells = {
    bash = ''
      eval "$(${hstr} --show-configuration)"
    '';
    zsh = ''
      eval "$(${hstr} --show-zsh-configuration)"
    '';
  };
}
