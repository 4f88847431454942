# `config.lib`: functions that modules offer to each other and to configurations.
{ lib, ... }:

{
  options.lib = lib.mkOption {
    type = lib.types.attrsOf lib.types.attrs;
    default = { };
    description = "Functions and values that modules offer to others.";
  };

  config.lib = {
    dag = lib.hm.dag;
    strings = lib.hm.strings;
    shell = lib.hm.shell;
    zsh = lib.hm.zsh;
  };
}
