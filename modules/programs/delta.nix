{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  inherit (lib.hm.options) programPath;

  cfg = config.programs.delta;
  delta = programPath cfg.package "delta";

  configFile = pkgs.writeText "delta-config" (lib.generators.toGitINI { delta = cfg.options; });

  # Without git's configuration, its own has to be given on the command line.
  needsConfigFile = cfg.options != { } && !(cfg.enableGitIntegration && config.programs.git.enable);

  wrapped = pkgs.symlinkJoin {
    name = "delta-wrapped";
    paths = [ cfg.package ];
    nativeBuildInputs = [ pkgs.makeWrapper ];
    postBuild = ''
      wrapProgram $out/bin/delta \
        --add-flags "--config ${configFile}"
    '';
    inherit (cfg.package) meta;
  };

  former = import ../lib/former-git-option.nix {
    inherit lib options;
    name = "delta";
  };

  value = types.oneOf [
    types.str
    types.bool
    types.int
  ];

  flag = description: mkOption {
    type = types.bool;
    default = false;
    inherit description;
  };
in
{
  imports =
    map
      (name: lib.mkRenamedOptionModule [ "programs" "git" "delta" name ] [ "programs" "delta" name ])
      [
        "enable"
        "package"
        "options"
      ];

  options.programs.delta = {
    enable = lib.mkEnableOption "delta, a viewer for differences";

    package = lib.hm.options.packageOption pkgs "delta" { nullable = true; };

    options = mkOption {
      type = types.attrsOf (types.either value (types.attrsOf value));
      default = { };
      example = {
        features = "decorations";
        decorations.file-style = "bold yellow ul";
      };
      description = "Options of delta, and sets of them by the name of a feature.";
    };

    enableGitIntegration = flag "Whether git shows differences with it.";
    enableJujutsuIntegration = flag "Whether jujutsu shows differences with it.";

    finalPackage = mkOption {
      type = types.nullOr types.package;
      readOnly = true;
      visible = false;
      default = if cfg.package != null && needsConfigFile then wrapped else cfg.package;
      description = "delta with the options.";
    };
  };

  config = mkIf cfg.enable (
    lib.mkMerge [
      {
        home.packages = lib.optional (cfg.finalPackage != null) cfg.finalPackage;

        home.shellAliases = mkIf (cfg.package == null && needsConfigFile) {
          delta = "delta --config ${configFile}";
        };

        programs.delta.enableGitIntegration = former.integration;
        warnings = lib.optionals cfg.enableGitIntegration former.warnings;

        programs.git.iniContent = mkIf cfg.enableGitIntegration (
          lib.recursiveUpdate (lib.hm.git.diffPagerConfig delta) {
            pager.blame = delta;
            interactive.diffFilter = "${delta} --color-only";
            delta = cfg.options;
          }
        );
      }

      (lib.optionalAttrs (options.programs ? jujutsu) {
        programs.jujutsu.settings = mkIf cfg.enableJujutsuIntegration {
          merge-tools.delta.diff-expected-exit-codes = [
            0
            1
          ];
          ui = {
            diff-formatter = ":git";
            pager = programPath cfg.finalPackage "delta";
          };
        };
      })
    ]
  );
}
