{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.programs.ion;

  aliases = lib.concatStringsSep "\n" (
    lib.mapAttrsToList (name: value: "alias ${name} = ${lib.escapeShellArg value}") cfg.shellAliases
  );
in
{
  options.programs.ion = {
    enable = lib.mkEnableOption "management of the Ion shell";

    package = lib.hm.options.packageOption pkgs "ion" { nullable = true; };

    initExtra = mkOption {
      type = types.lines;
      default = "";
      description = "Lines for the end of the startup file.";
    };

    shellAliases = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example.g = "git";
      description = "Commands by the name of their alias.";
    };
  };

  config = lib.mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    xdg.configFile."ion/initrc".text = ''
      # Aliases
      ${aliases}

      ${cfg.initExtra}
    '';
  };
}
