{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) installPrefix packageOption programPath;

  cfg = config.programs.direnv;
  direnv = programPath cfg.package "direnv";

  tomlFormat = pkgs.formats.toml { };

  # Before 2.36 an environment variable was the only way to silence it.
  silencedByConfig = cfg.package == null || lib.versionAtLeast (lib.getVersion cfg.package) "2.36.0";

  # Runs direnv before each prompt, and takes over the variables it prints.
  nushellHook = ''
    $env.config = ($env.config? | default {})
    $env.config.hooks = ($env.config.hooks? | default {})
    $env.config.hooks.pre_prompt = (
        $env.config.hooks.pre_prompt?
        | default []
        | append {||
            let direnv = (
                ${direnv} export json
                | from json --strict
                | default {}
            )

            for key in ($direnv | columns) {
                if ($direnv | get $key) == null {
                    hide-env --ignore-errors $key
                }
            }

            $direnv
            | items {|key, value|
                let value = do (
                    {
                      "PATH": {
                        from_string: {|s| $s | split row (char esep) | path expand --no-symlink }
                        to_string: {|v| $v | path expand --no-symlink | str join (char esep) }
                      }
                    }
                    | merge ($env.ENV_CONVERSIONS? | default {})
                    | get ([[value, optional, insensitive]; [$key, true, true] [from_string, true, false]] | into cell-path)
                    | if ($in | is-empty) { {|x| $x} } else { $in }
                ) $value
                return [ $key $value ]
            }
            | where {|pair| $pair.1 != null }
            | into record
            | load-env
        }
    )
  '';

  extensionOption = name: package: {
    enable = lib.mkEnableOption "the function use_${name} for {file}`.envrc`";
    package = packageOption pkgs package { nullable = true; };
  };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "programs" "direnv" "enableNixDirenvIntegration" ]
      [ "programs" "direnv" "nix-direnv" "enable" ]
    )
    (lib.mkRemovedOptionModule
      [ "programs" "direnv" "nix-direnv" "enableFlakes" ]
      "Flake support is now always enabled."
    )
  ];

  options.programs.direnv = {
    enable = lib.mkEnableOption "direnv";

    package = packageOption pkgs "direnv" { nullable = true; };

    config = mkOption {
      inherit (tomlFormat) type;
      default = { };
      description = "Contents of {file}`$XDG_CONFIG_HOME/direnv/direnv.toml`.";
    };

    stdlib = mkOption {
      type = types.lines;
      default = "";
      description = "Contents of {file}`$XDG_CONFIG_HOME/direnv/direnvrc`.";
    };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };

    nix-direnv = extensionOption "nix" "nix-direnv";
    mise = extensionOption "mise" "mise";

    silent = lib.mkEnableOption "silence about what is loaded";
  };

  config = mkIf cfg.enable {
    home.packages = lib.optional (cfg.package != null) cfg.package;

    home.sessionVariables = mkIf (cfg.silent && !silencedByConfig) { DIRENV_LOG_FORMAT = ""; };

    programs = {
      direnv.config.global = mkIf (cfg.silent && silencedByConfig) {
        log_format = "-";
        log_filter = "^$";
      };

      # After what else changes the prompt.
      bash.initExtra = mkIf cfg.enableBashIntegration (
        lib.mkAfter ''
          eval "$(${direnv} hook bash)"
        ''
      );

      fish.interactiveShellInit = mkIf cfg.enableFishIntegration (
        lib.mkAfter ''
          if not functions -q __direnv_export_eval
            ${direnv} hook fish | source
          end
        ''
      );

      zsh.initContent = mkIf cfg.enableZshIntegration ''
        eval "$(${direnv} hook zsh)"
      '';

      nushell.extraConfig = mkIf cfg.enableNushellIntegration (lib.mkAfter nushellHook);
    };

    xdg.configFile = {
      "direnv/direnv.toml" = mkIf (cfg.config != { }) {
        source = tomlFormat.generate "direnv-config" cfg.config;
      };

      "direnv/direnvrc" = mkIf (cfg.stdlib != "") { text = cfg.stdlib; };

      "direnv/lib/hm-nix-direnv.sh" = mkIf cfg.nix-direnv.enable (
        let
          script = "${installPrefix cfg.nix-direnv.package}/share/nix-direnv/direnvrc";
        in
        if cfg.nix-direnv.package == null then
          {
            text = ''
              source ${script}
            '';
          }
        else
          { source = script; }
      );

      "direnv/lib/hm-mise.sh" = mkIf cfg.mise.enable {
        text = ''
          eval "$(${programPath cfg.mise.package "mise"} direnv activate)"
        '';
      };
    };
  };
}
