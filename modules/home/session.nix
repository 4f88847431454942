# Variables and aliases of the user's shells.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;

  cfg = config.home;

  searchVariables = lib.mapAttrsToList (
    name: directories: lib.hm.shell.export name (lib.hm.shell.prependToVar ":" name directories)
  ) cfg.sessionSearchVariables;
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "home" "sessionVariableSetter" ] ''
      Session variables are set by the shells. A shell that Home Manager does not configure has
      to source ${cfg.profileDirectory}/etc/profile.d/hm-session-vars.sh
    '')
  ];

  options.home = {
    sessionVariables = mkOption {
      type =
        with types;
        lazyAttrsOf (
          nullOr (oneOf [
            str
            path
            int
            float
            bool
          ])
        );
      default = { };
      example = {
        EDITOR = "emacs";
        GS_OPTIONS = "-sPAPERSIZE=a4";
      };
      description = ''
        Environment variables that are set at login. Values are in double quotes, so that the
        shell replaces `$NAME` in them. They are set in no order in particular: to use one in
        another, write `''${config.home.sessionVariables.NAME}`. A variable that is `null` is
        left out.
      '';
    };

    sessionPath = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "$HOME/.local/bin" ];
      description = ''
        Directories that come first in {env}`PATH`. The shell replaces variables in them, but
        neither `~` nor `*`.
      '';
    };

    sessionSearchVariables = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example.MANPATH = [ "$HOME/.local/man" ];
      description = "Directories that come first in other variables of the kind of {env}`PATH`.";
    };

    sessionVariablesExtra = mkOption {
      type = types.lines;
      default = "";
      internal = true;
      description = "Commands at the end of {file}`hm-session-vars.sh`.";
    };

    sessionVariablesPackage = mkOption {
      type = types.package;
      internal = true;
      description = "The package with {file}`etc/profile.d/hm-session-vars.sh`.";
    };

    shellAliases = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        g = "git";
        "..." = "cd ../..";
      };
      description = ''
        Commands by the name of their alias, for every shell. Each shell has an option of its
        own for those that only it understands.
      '';
    };
  };

  config = {
    home = {
      sessionSearchVariables.PATH = lib.mkIf (cfg.sessionPath != [ ]) cfg.sessionPath;

      sessionVariablesPackage = pkgs.writeTextFile {
        name = "hm-session-vars.sh";
        destination = "/etc/profile.d/hm-session-vars.sh";
        text = ''
          # Only source this once.
          if [ -n "''${__HM_SESS_VARS_SOURCED-}" ]; then return; fi
          export __HM_SESS_VARS_SOURCED=1

          ${lib.hm.shell.exportAll cfg.sessionVariables}
          ${lib.concatStringsSep "\n" searchVariables}
        ''
        + cfg.sessionVariablesExtra;
      };

      packages = [ cfg.sessionVariablesPackage ];
    };

    programs =
      lib.genAttrs [
        "bash"
        "nushell"
        "zsh"
      ] (_shell: { inherit (cfg) shellAliases; })
      // {
        fish = {
          shellAliases = lib.mkIf (!config.programs.fish.preferAbbrs) cfg.shellAliases;
          shellAbbrs = lib.mkIf config.programs.fish.preferAbbrs cfg.shellAliases;
        };
      };
  };
}
