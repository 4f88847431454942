# Options of earlier releases.
{ config, lib, ... }:

let
  cfg = config.programs.zsh;

  renamed =
    from: to:
    lib.mkRenamedOptionModule [ "programs" "zsh" from ] (
      [
        "programs"
        "zsh"
      ]
      ++ to
    );

  # Superseded by `initContent`; what to write instead is part of the warning.
  superseded = name: advice: example: lib.mkOption {
    type = lib.types.lines;
    default = "";
    visible = false;
    description = "Use `programs.zsh.initContent`.";
    apply =
      text:
      lib.warnIf (text != "") ''
        `programs.zsh.${name}` is deprecated, use `programs.zsh.initContent`${advice} instead.

        Example: programs.zsh.initContent = ${example};
      '' text;
  };
in
{
  imports = [
    (renamed "enableAutosuggestions" [
      "autosuggestion"
      "enable"
    ])
    (renamed "enableSyntaxHighlighting" [
      "syntaxHighlighting"
      "enable"
    ])
  ];

  options.programs.zsh = {
    initExtraFirst =
      superseded "initExtraFirst" " with `lib.mkBefore`"
        ''lib.mkBefore "your content here"'';
    initExtraBeforeCompInit =
      superseded "initExtraBeforeCompInit" " with `lib.mkOrder 550`"
        ''lib.mkOrder 550 "your content here"'';
    initExtra = superseded "initExtra" "" ''"your content here"'';
  };

  config.programs.zsh.initContent = lib.mkMerge [
    (lib.mkIf (cfg.initExtraFirst != "") (lib.mkBefore cfg.initExtraFirst))
    (lib.mkIf (cfg.initExtraBeforeCompInit != "") (lib.mkOrder 550 cfg.initExtraBeforeCompInit))
    (lib.mkIf (cfg.initExtra != "") cfg.initExtra)
  ];
}
