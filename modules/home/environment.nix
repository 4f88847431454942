# Variables and aliases of the user's sessions.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.home;
  inherit (config.lib) shell;

  searchVariables = lib.mapAttrsToList (
    name: values: shell.export name (shell.prependToVar ":" name values)
  ) cfg.sessionSearchVariables;
in
{
  options.home = {
    shellAliases = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example.g = "git";
      description = "Aliases for every shell that is enabled.";
    };

    sessionVariables = mkOption {
      type = types.lazyAttrsOf (
        types.oneOf [
          types.str
          types.path
          types.int
          types.float
          types.bool
        ]
      )
      // {
        description = "attribute set of variables";
      };
      default = { };
      apply = lib.mapAttrs (
        _name: value: if builtins.isBool value then lib.optionalString value "1" else toString value
      );
      example.EDITOR = "vim";
      description = ''
        Variables that are set when a session begins, in no order: they cannot refer to each other.
      '';
    };

    sessionVariablesPackage = mkOption {
      type = types.package;
      internal = true;
      description = "The package with hm-session-vars.sh.";
    };

    sessionPath = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "$HOME/.local/bin" ];
      description = "Directories that come first in PATH.";
    };

    sessionSearchVariables = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example.MANPATH = [ "$HOME/man" ];
      description = "Directories that come first in variables that list directories.";
    };

    sessionVariablesExtra = mkOption {
      type = types.lines;
      default = "";
      internal = true;
      description = "More commands for hm-session-vars.sh.";
    };
  };

  config = {
    programs = lib.genAttrs [
      "bash"
      "fish"
      "nushell"
      "zsh"
    ] (_shell: { inherit (cfg) shellAliases; });

    home = {
      sessionSearchVariables.PATH = lib.mkIf (cfg.sessionPath != [ ]) cfg.sessionPath;

      sessionVariablesPackage = pkgs.writeTextFile {
        name = "hm-session-vars.sh";
        destination = "/etc/profile.d/hm-session-vars.sh";
        text = ''
          if [ -n "''${__HM_SESS_VARS_SOURCED-}" ]; then return; fi
          export __HM_SESS_VARS_SOURCED=1

          ${shell.exportAll cfg.sessionVariables}
        ''
        + lib.concatStringsSep "\n" searchVariables
        + "\n"
        + cfg.sessionVariablesExtra;
      };

      packages = [ cfg.sessionVariablesPackage ];
    };
  };
}
