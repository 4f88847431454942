{
  config,
  lib,
  pkgs,
  ...
}@module:

lib.hm.programs.settingsModule module {
  name = "kiro-cli";
  title = "the command line of Kiro";
  nullable = false;

  # It wants the first and the last word.
  shells = lib.genAttrs [ "bash" "zsh" ] (
    shell: cfg:
    lib.mkMerge [
      (lib.mkBefore ''
        eval "$(${lib.getExe cfg.package} init ${shell} pre)"
      '')
      (lib.mkAfter ''
        eval "$(${lib.getExe cfg.package} init ${shell} post)"
      '')
    ]
  );
}
