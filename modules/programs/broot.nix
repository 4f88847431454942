{
  cfg,
  config,
  lib,
  option,
  pkgs,
  types,
  ...
}:

let
  json = pkgs.formats.json { };

  # The function changes directory, so it must be one of the shell's own.
  shellFunction =
    shell:
    lib.mkAfter ''
      source ${
        pkgs.runCommand "br.${shell}" { nativeBuildInputs = [ cfg.package ]; } (
          if shell == "nushell" then
            # A function of this name is only the module's own one.
            "broot --print-shell-function ${shell} | sed 's/export def --env main/export def --env br/' > $out"
          else
            "broot --print-shell-function ${shell} > $out"
        )
      }
    '';
  integrate = shell: lib.mkIf (cfg.package != null) (shellFunction shell);

  defaults = "${cfg.package.src}/resources/default-conf";

  directory = pkgs.symlinkJoin {
    name = "xdg.configFile.broot";
    paths = [
      # Files of the defaults that the configuration includes.
      defaults
      # Broot does not offer to install its function where this file is.
      (pkgs.writeTextDir "launcher/installed-v1" "")
    ];
    postBuild = ''
      rm $out/conf.hjson
      ${lib.getExe pkgs.jq} --slurp add > $out/conf.hjson \
        <(${lib.getExe pkgs.hjson-go} -c ${defaults}/conf.hjson) \
        ${json.generate "broot-config.json" cfg.settings}
    '';
  };
in
{
  title = "broot, which shows trees of directories and goes about in them";
  docs = "https://dystroy.org/broot/conf_file/";

  renamed = {
    modal = "settings.modal";
    verbs = "settings.verbs";
    skin = "settings.skin";
  };

  shells = {
    bash = integrate "bash";
    zsh = integrate "zsh";
    nushell = integrate "nushell";
  };

  options = {
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };

    settings = option (types.submodule {
      freeformType = json.type;

      options = {
        modal = lib.mkEnableOption "keys as in Vim";

        verbs =
          option (types.listOf (
            types.attrsOf (
              types.oneOf [
                types.bool
                types.str
                (types.listOf types.str)
              ]
            )
          )) [ ] "Commands. See <https://dystroy.org/broot/conf_verbs/>."
          // {
            example = [
              {
                invocation = "edit";
                shortcut = "e";
                execution = "$EDITOR {file}";
              }
            ];
          };

        skin = option (types.attrsOf types.str) { } "Colors. See <https://dystroy.org/broot/skins/>." // {
          example.tree_fg = "red";
        };
      };
    }) { } ''
      Contents of {file}`$XDG_CONFIG_HOME/broot/conf.hjson`, which go before broot's defaults. See
      <https://dystroy.org/broot/conf_file/>.
    '';
  };

  config = {
    xdg.configFile.broot = {
      recursive = true;
      source =
        if cfg.package == null then
          pkgs.writeTextDir "conf.hjson" (builtins.toJSON cfg.settings)
        else
          directory;
    };

    programs.fish.shellInit = lib.mkIf cfg.enableFishIntegration (integrate "fish");
  };
}
