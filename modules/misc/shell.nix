# Whether programs set themselves up in the shells, unless they say otherwise.
{ config, lib, ... }:

let
  shells = [
    "Bash"
    "Fish"
    "Ion"
    "Nushell"
    "Zsh"
  ];
  cfg = config.home.shell;
in
{
  options.home.shell = {
    enableShellIntegration = lib.mkOption {
      type = lib.types.bool;
      default = true;
      example = false;
      description = "Whether programs set themselves up in all shells.";
    };
  }
  // builtins.listToAttrs (
    map (shell: {
      name = "enable${shell}Integration";
      value = lib.mkOption {
        type = lib.types.bool;
        default = cfg.enableShellIntegration;
        defaultText = lib.literalExpression "config.home.shell.enableShellIntegration";
        example = false;
        description = "Whether programs set themselves up in ${shell}.";
      };
    }) shells
  );
}
