{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.fd;

  arguments = lib.escapeShellArgs (lib.optional cfg.hidden "--hidden" ++ cfg.extraOptions);
  shellAliases = lib.optionalAttrs (arguments != "") { fd = "fd ${arguments}"; };

  shells = lib.filter (shell: options.programs ? ${shell}) [
    "bash"
    "fish"
    "ion"
    "nushell"
    "zsh"
  ];

  strings = description: example: mkOption {
    type = types.listOf types.str;
    default = [ ];
    inherit description example;
  };
in
{
  options.programs.fd = {
    enable = lib.mkEnableOption "fd, a replacement of {command}`find`";

    package = lib.hm.options.packageOption pkgs "fd" { nullable = true; };

    ignores = strings "Patterns that fd always ignores." [ ".git/" ];

    hidden = mkOption {
      type = types.bool;
      default = false;
      description = "Whether hidden files are searched too.";
    };

    extraOptions = strings "Further command line options." [ "--no-ignore" ];
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    programs = lib.genAttrs shells (_shell: { inherit shellAliases; });

    xdg.configFile."fd/ignore" = lib.mkIf (cfg.ignores != [ ]) { text = lib.concatLines cfg.ignores; };
  };
}
