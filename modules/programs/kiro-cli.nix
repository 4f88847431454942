{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "kiro-cli";
  title = "the command line of Kiro";

  # It wants the first and the last word.
  shells = lib.genAttrs [ "bash" "zsh" ] (
    shell: cfg:
    lib.mkMerge [
      (lib.mkBefore ''
        eval "$(${lib.hm.options.programPath cfg.package "kiro-cli"} init ${shell} pre)"
      '')
      (lib.mkAfter ''
        eval "$(${lib.hm.options.programPath cfg.package "kiro-cli"} init ${shell} post)"
      '')
    ]
  );
}
