{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) packageOption programPath installPrefix;

  cfg = config.programs.starship;
  starship = programPath cfg.package "starship";

  tomlFormat = pkgs.formats.toml { };

  settingsFile = tomlFormat.generate "starship-config" cfg.settings;

  presetFile = name: "${installPrefix cfg.package}/share/starship/presets/${name}.toml";

  mergedSettings = pkgs.runCommand "starship.toml" { nativeBuildInputs = [ (lib.hm.options.neededPackage pkgs "yq") ]; } ''
    tomlq -s -t 'reduce .[] as $item ({}; . * $item)' \
      ${toString (map presetFile cfg.presets ++ [ settingsFile ])} \
      > $out
  '';

  # starship finds the further programs in its own PATH.
  wrapped = pkgs.symlinkJoin {
    name = "${lib.getName cfg.package}-wrapped-${lib.getVersion cfg.package}";
    paths = [ cfg.package ];
    preferLocalBuild = true;
    nativeBuildInputs = [ pkgs.makeWrapper ];
    postBuild = ''
      wrapProgram $out/bin/starship \
        --suffix PATH : ${lib.makeBinPath cfg.extraPackages}
    '';
  };
in
{
  options.programs.starship = {
    enable = lib.mkEnableOption "the prompt starship";

    package = packageOption pkgs "starship" { nullable = true; };

    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.jj-starship ]";
      description = "Packages whose programs starship can run.";
    };

    settings = mkOption {
      inherit (tomlFormat) type;
      default = { };
      example = {
        add_newline = false;
        scan_timeout = 10;
      };
      description = "Contents of the configuration file.";
    };

    presets = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "nerd-font-symbols" ];
      description = "Presets of starship that `settings` is merged into.";
    };

    configPath = mkOption {
      type = types.str;
      default = "${config.xdg.configHome}/starship.toml";
      defaultText = lib.literalExpression ''"''${config.xdg.configHome}/starship.toml"'';
      description = "Path of the configuration file.";
    };

    enableBashIntegration = lib.hm.shell.mkBashIntegrationOption { inherit config; };
    enableFishIntegration = lib.hm.shell.mkFishIntegrationOption { inherit config; };
    enableIonIntegration = lib.hm.shell.mkIonIntegrationOption { inherit config; };
    enableNushellIntegration = lib.hm.shell.mkNushellIntegrationOption { inherit config; };
    enableZshIntegration = lib.hm.shell.mkZshIntegrationOption { inherit config; };

    enableInteractive = mkOption {
      type = types.bool;
      default = true;
      description = "Whether only interactive shells load it. For fish alone.";
    };

    enableTransience = mkOption {
      type = types.bool;
      default = false;
      description = "Whether past prompts are shortened. For fish alone.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.package != null || (cfg.extraPackages == [ ] && cfg.presets == [ ]);
        message = "programs.starship: extraPackages and presets need programs.starship.package.";
      }
    ];

    home = {
      packages = lib.optional (cfg.package != null) (
        if cfg.extraPackages == [ ] then cfg.package else wrapped
      );

      sessionVariables.STARSHIP_CONFIG = cfg.configPath;

      file.${cfg.configPath} = mkIf (cfg.settings != { } || cfg.presets != [ ]) {
        source = if cfg.presets == [ ] then settingsFile else mergedSettings;
      };
    };

    programs = {
      bash.initExtra = mkIf cfg.enableBashIntegration (
        lib.mkOrder 1900 ''
          if [[ $TERM != "dumb" ]]; then
            eval "$(${starship} init bash --print-full-init)"
          fi
        ''
      );

      zsh.initContent = mkIf cfg.enableZshIntegration ''
        if [[ $TERM != "dumb" ]]; then
          eval "$(${starship} init zsh)"
        fi
      '';

      fish.${if cfg.enableInteractive then "interactiveShellInit" else "shellInitLast"} =
        mkIf cfg.enableFishIntegration ''
          if test "$TERM" != "dumb"
            ${starship} init fish | source
            ${lib.optionalString cfg.enableTransience "enable_transience"}
          end
        '';

      nushell = mkIf cfg.enableNushellIntegration (
        lib.hm.nushell.loadOutput {
          inherit pkgs;
          inherit (cfg) package;
          inherit (config.xdg) cacheHome;
          program = "starship";
          arguments = "init nu";
          name = "starship-nushell-config.nu";
          command = "use";
        }
      );
    }
    // lib.optionalAttrs (options.programs ? ion) {
      ion.initExtra = mkIf cfg.enableIonIntegration ''
        if test $TERM != "dumb"
          eval $(${starship} init ion)
        end
      '';
    };
  };
}
